// order.cpp - dependsOn, read in both directions.
#include "agent/engine/order.hpp"

#include <algorithm>
#include <vector>

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

/// What one dependency says: met, not yet, or one of the ways it can never be.
enum class Verdict : std::uint8_t { Met, NotYet, NeverStarts, NotSuccessful, NotHealthy, TimedOut };

Verdict judge(Condition condition, const ContainerRecord& dependency, bool timed_out) {
  const bool stopped = dependency.known == ContainerStatus::Stopped;
  if (stopped && !dependency.exit && condition != Condition::Success) return Verdict::NeverStarts;
  if (condition == Condition::Start) {
    return stopped || dependency.known == ContainerStatus::Running ? Verdict::Met : Verdict::NotYet;
  }
  if (stopped) {
    if (condition == Condition::Complete) return Verdict::Met;
    if (condition == Condition::Healthy) return Verdict::NotHealthy;
    return dependency.exit && dependency.exit->code == 0 ? Verdict::Met : Verdict::NotSuccessful;
  }
  if (condition == Condition::Healthy && dependency.known == ContainerStatus::Running &&
      dependency.health == model::Health::Healthy) {
    return Verdict::Met;
  }
  return timed_out ? Verdict::TimedOut : Verdict::NotYet;
}

/// source: reference state machine, section 3, "terminal dependency error".
std::string never_text(Verdict verdict, const std::string& dependency, const std::string& target) {
  const std::string pair = "ordering dependency [" + dependency + "] for target [" + target + "]";
  const std::string unresolved = "failed to resolve container " + pair;
  switch (verdict) {
    case Verdict::NeverStarts: return unresolved + " because dependency will never start";
    case Verdict::NotSuccessful: return unresolved + " as dependency did not exit successfully.";
    case Verdict::NotHealthy: return unresolved + " as dependency stopped before it was healthy.";
    default: return "container " + pair + " has timed out.";
  }
}

std::string_view name_of(Condition condition) {
  switch (condition) {
    case Condition::Start: return "START";
    case Condition::Complete: return "COMPLETE";
    case Condition::Success: return "SUCCESS";
    case Condition::Healthy: return "HEALTHY";
  }
  return "START";
}

}  // namespace

Readiness readiness_of(const Facts& facts, std::size_t container) {
  const model::Record& record = facts.record;
  const std::string& target = record.task.containers[container].name;
  for (const model::Dependency& wanted : record.task.containers[container].depends_on) {
    const std::size_t other = index_of(record.task, wanted.container);
    if (other == record.containers.size()) {
      return {false,
              "container ordering dependency [" + wanted.container + "] for target [" + target +
                  "] does not exist.",
              ""};
    }
    const Verdict verdict =
        judge(wanted.condition, record.containers[other], facts.memory[other].start_timed_out);
    if (verdict == Verdict::Met) continue;
    if (verdict != Verdict::NotYet) {
      return {false, never_text(verdict, wanted.container, target), ""};
    }
    return {false, std::nullopt,
            wanted.container + " (" + std::string(name_of(wanted.condition)) + ")", other};
  }
  return {true, std::nullopt, ""};
}

bool is_waited_for(const model::Record& record, std::size_t container) {
  const std::string& name = record.task.containers[container].name;
  for (std::size_t other = 0; other < record.containers.size(); ++other) {
    if (record.containers[other].known >= ContainerStatus::Created) continue;
    for (const model::Dependency& wanted : record.task.containers[other].depends_on) {
      if (wanted.container == name && wanted.condition != Condition::Start) return true;
    }
  }
  return false;
}

bool may_stop(const model::Record& record, std::size_t container) {
  std::vector<std::size_t> before{container};  // it and whatever it is a dependency of
  for (std::size_t next = 0; next < before.size(); ++next) {
    const std::string& name = record.task.containers[before[next]].name;
    for (std::size_t other = 0; other < record.containers.size(); ++other) {
      const auto& wanted = record.task.containers[other].depends_on;
      const bool depends =
          std::any_of(wanted.begin(), wanted.end(),
                      [&name](const model::Dependency& one) { return one.container == name; });
      if (!depends || std::find(before.begin(), before.end(), other) != before.end()) continue;
      if (record.containers[other].known != ContainerStatus::Stopped) return false;
      before.push_back(other);
    }
  }
  return true;
}

}  // namespace berth::engine
