// settle.cpp - dependencies that can never be met, essential ends, the task's own state.
#include "agent/engine/settle.hpp"

#include <algorithm>

#include "agent/engine/changes.hpp"
#include "agent/engine/order.hpp"

namespace berth::engine {

using model::ContainerRecord;
using model::ContainerStatus;
using model::FaultKind;
using model::Goal;
using model::TaskStatus;

namespace {

constexpr int kDependencyExitCode = 143;  // source: reference state machine, section 3

TaskStatus task_status_for(ContainerStatus slowest) {
  switch (slowest) {
    case ContainerStatus::None: return TaskStatus::None;
    case ContainerStatus::Pulled: return TaskStatus::Pulled;
    case ContainerStatus::Created: return TaskStatus::Created;
    case ContainerStatus::Running: return TaskStatus::Running;
    case ContainerStatus::Stopped: return TaskStatus::Stopped;
  }
  return TaskStatus::None;
}

bool has_start_in_flight(const Facts& facts, std::size_t at) {
  return facts.in_flight.contains(Step{StepKind::CreateContainer, at}) ||
         facts.in_flight.contains(Step{StepKind::StartContainer, at}) ||
         facts.in_flight.contains(Step{StepKind::PullImage, at});
}

void stop_what_can_never_start(Facts& facts) {
  model::Record& record = facts.record;
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    ContainerRecord& container = record.containers[at];
    if (container.known > ContainerStatus::Pulled || has_start_in_flight(facts, at)) continue;
    if (const Readiness readiness = readiness_of(facts, at); readiness.never) {
      fail(container, FaultKind::DependencyFailed, *readiness.never);
      container.exit = model::Exit{kDependencyExitCode, {}};
      container.known = ContainerStatus::Stopped;
    }
  }
}

void stop_what_never_started(Facts& facts) {
  for (std::size_t at = 0; at < facts.record.containers.size(); ++at) {
    ContainerRecord& container = facts.record.containers[at];
    if (container.known <= ContainerStatus::Pulled && !has_start_in_flight(facts, at)) {
      container.known = ContainerStatus::Stopped;
    }
  }
}

/// A restart that has not begun is not wanted any more.
void stop_what_would_restart(Facts& facts) {
  for (std::size_t at = 0; at < facts.record.containers.size(); ++at) {
    const ContainerRecord& container = facts.record.containers[at];
    if (!container.restarting || facts.in_flight.contains(Step{StepKind::RestartContainer, at})) {
      continue;
    }
    stop_with(facts.record, at, *container.ended);
  }
}

bool has_essential_end(const model::Record& record) {
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    if (record.task.containers[at].essential &&
        record.containers[at].known == ContainerStatus::Stopped) {
      return true;
    }
  }
  return false;
}

}  // namespace

void settle(Facts& facts, WallTime at) {
  model::Record& record = facts.record;
  if (record.known == TaskStatus::Stopped || !facts.looked) return;
  if (record.goal == Goal::Running) stop_what_can_never_start(facts);
  if (has_essential_end(record)) record.goal = Goal::Stopped;
  if (record.goal == Goal::Stopped) {
    stop_what_never_started(facts);
    stop_what_would_restart(facts);
  }

  const auto slowest = std::min_element(
      record.containers.begin(), record.containers.end(),
      [](const ContainerRecord& a, const ContainerRecord& b) { return a.known < b.known; });
  // A task that could not even be read has no containers: there is nothing to wait for.
  const TaskStatus reached =
      slowest == record.containers.end() ? TaskStatus::Stopped : task_status_for(slowest->known);
  // With an essential container gone the task is on its way out, not running.
  if (reached < TaskStatus::Stopped && has_essential_end(record)) return;
  record.known = std::max(record.known, reached);
  if (record.known == TaskStatus::Stopped) {
    record.goal = Goal::Stopped;
    record.stopped_at = at;
    if (!record.execution_stopped_at) record.execution_stopped_at = at;
  }
}

}  // namespace berth::engine
