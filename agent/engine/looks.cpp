// looks.cpp - one function for a container that was known to run, one for one that was not.
#include "agent/engine/looks.hpp"

#include "agent/engine/changes.hpp"

namespace berth::engine {

using model::ContainerRecord;
using model::ContainerStatus;

namespace {

constexpr int kUnknownExitCode = 255;  // source: containerd, UnknownExitStatus

model::Exit exit_of(const ContainerLook& look, WallTime at) {
  return look.exit.value_or(model::Exit{kUnknownExitCode, at});
}

void running_looked_at(Facts& facts, std::size_t at, const ContainerLook& look, WallTime now) {
  ContainerRecord& container = facts.record.containers[at];
  switch (look.kind) {
    case ContainerLook::Kind::Running:
      if (container.restarting) restarted(facts, at, now);  // done by one that did not live to tell
      container.ended.reset();
      return;
    case ContainerLook::Kind::Stopped: ended(container, exit_of(look, now)); return;
    case ContainerLook::Kind::Created:
    case ContainerLook::Kind::Absent:
      if (container.restarting) return;  // the old process removed, the new one not there yet
      if (container.ended) return stop_with(facts.record, at, *container.ended);
      fail(container, model::FaultKind::Vanished, "No container matching saved ID found");
      container.known = ContainerStatus::Stopped;
      return;
  }
}

void unstarted_looked_at(Facts& facts, std::size_t at, const ContainerLook& look, WallTime now) {
  ContainerRecord& container = facts.record.containers[at];
  switch (look.kind) {
    case ContainerLook::Kind::Running:
      if (!container.created_at) container.created_at = now;
      started(container, now);
      return;
    case ContainerLook::Kind::Stopped:
      if (container.known == ContainerStatus::Created && facts.memory[at].killed) {
        container.known = ContainerStatus::Stopped;  // its command never ran: no exit code
      } else {
        ended(container, exit_of(look, now));
      }
      return;
    case ContainerLook::Kind::Created:
    case ContainerLook::Kind::Absent:
      // Its half-made self is completed or replaced by creating it once more.
      if (container.known == ContainerStatus::Created) container.known = ContainerStatus::Pulled;
      return;
  }
}

}  // namespace

void looked_at(Facts& facts, std::size_t container, const ContainerLook& look, WallTime at) {
  switch (facts.record.containers[container].known) {
    case ContainerStatus::Stopped: return;
    case ContainerStatus::Running: running_looked_at(facts, container, look, at); return;
    default: unstarted_looked_at(facts, container, look, at); return;
  }
}

}  // namespace berth::engine
