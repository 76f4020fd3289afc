// changes.cpp - fields that change together.
#include "agent/engine/changes.hpp"

#include <algorithm>
#include <utility>

namespace berth::engine {

using model::ContainerRecord;
using model::ContainerStatus;
using model::Health;

void raise(ContainerRecord& container, ContainerStatus to) {
  container.known = std::max(container.known, to);
}

void fail(ContainerRecord& container, model::FaultKind kind, std::string message) {
  if (!container.fault) container.fault = model::Fault{kind, std::move(message)};
}

void started(ContainerRecord& container, WallTime at) {
  raise(container, ContainerStatus::Running);
  if (!container.started_at) container.started_at = at;
}

void ended(ContainerRecord& container, model::Exit exit) {
  if (!container.started_at) container.started_at = exit.at;
  container.known = ContainerStatus::Running;
  if (!container.ended) container.ended = exit;
}

void restarted(Facts& facts, std::size_t at, WallTime now) {
  ContainerRecord& container = facts.record.containers[at];
  container.ended.reset();
  container.restarting = false;
  ++container.restarts;
  container.restarted_at = now;
  become(container, Health::Unknown, now);
  facts.memory[at] = ContainerMemory{};
}

void stop_with(model::Record& record, std::size_t container, model::Exit exit) {
  ContainerRecord& stopped = record.containers[container];
  stopped.exit = exit;
  stopped.ended.reset();
  stopped.restarting = false;
  stopped.known = ContainerStatus::Stopped;
  if (record.task.containers[container].essential && !record.execution_stopped_at) {
    record.execution_stopped_at = exit.at;
  }
}

void become(ContainerRecord& container, Health health, WallTime at) {
  if (container.health == health) return;
  container.health = health;
  container.health_since = at;
}

}  // namespace berth::engine
