// order.cpp - dependsOn, read in both directions.
#include "agent/engine/order.hpp"

#include <algorithm>

namespace berth::engine {

using model::Condition;
using model::ContainerRecord;
using model::ContainerStatus;

namespace {

std::size_t index_of(const model::Task& task, const std::string& name) {
  const auto found =
      std::find_if(task.containers.begin(), task.containers.end(),
                   [&name](const model::Container& container) { return container.name == name; });
  return static_cast<std::size_t>(found - task.containers.begin());
}

Readiness judge(Condition condition, const ContainerRecord& dependency) {
  const bool stopped = dependency.known == ContainerStatus::Stopped;
  const bool ran = dependency.exit.has_value();
  switch (condition) {
    case Condition::Start:
      if (stopped && !ran) return {false, "will never start"};
      return {stopped || dependency.known == ContainerStatus::Running, std::nullopt};
    case Condition::Complete:
      if (stopped && !ran) return {false, "will never start"};
      return {stopped, std::nullopt};
    case Condition::Success:
      if (stopped && (!ran || dependency.exit->code != 0)) {
        return {false, "did not exit successfully"};
      }
      return {stopped, std::nullopt};
    case Condition::Healthy:
      if (stopped) return {false, "stopped before it was healthy"};
      return {dependency.known == ContainerStatus::Running &&
                  dependency.health == model::Health::Healthy,
              std::nullopt};
  }
  return {};
}

}  // namespace

Readiness readiness_of(const model::Record& record, std::size_t container) {
  for (const model::Dependency& wanted : record.task.containers[container].depends_on) {
    const std::size_t other = index_of(record.task, wanted.container);
    if (other == record.containers.size()) {
      return {false, "dependency \"" + wanted.container + "\" does not exist"};
    }
    Readiness one = judge(wanted.condition, record.containers[other]);
    if (one.never) {
      return {false, "container ordering dependency [" + wanted.container + "] for target [" +
                         record.task.containers[container].name + "] " + *one.never};
    }
    if (!one.ready) return {false, std::nullopt};
  }
  return {true, std::nullopt};
}

bool may_stop(const model::Record& record, std::size_t container) {
  const std::string& name = record.task.containers[container].name;
  for (std::size_t other = 0; other < record.containers.size(); ++other) {
    if (record.containers[other].known == ContainerStatus::Stopped) continue;
    for (const model::Dependency& wanted : record.task.containers[other].depends_on) {
      if (wanted.container == name) return false;
    }
  }
  return true;
}

}  // namespace berth::engine
