// dependencies.cpp - who waits for whom in a task.
#include "agent/inbox/dependencies.hpp"

#include <algorithm>
#include <optional>

namespace berth::inbox {

namespace {

std::optional<model::Condition> condition_of(const std::string& name) {
  if (name == "START") return model::Condition::Start;
  if (name == "COMPLETE") return model::Condition::Complete;
  if (name == "SUCCESS") return model::Condition::Success;
  if (name == "HEALTHY") return model::Condition::Healthy;
  return std::nullopt;
}

std::optional<std::size_t> find_container(const model::Task& task, const std::string& name) {
  for (std::size_t i = 0; i < task.containers.size(); ++i) {
    if (task.containers[i].name == name) return i;
  }
  return std::nullopt;
}

void refuse_unresolved(const model::Task& task, const std::string& why, const std::string& field,
                       Findings& findings) {
  findings.refuse_as("Task dependencies cannot be resolved, taskArn: " + task.arn + ": " + why,
                     field);
}

/// Follows dependencies in depth and finds the way back to where it already is.
class CycleSearch {
 public:
  explicit CycleSearch(const model::Task& task) : task_(task), seen_(task.containers.size()) {}

  /// "a -> b -> a"; "" without one.
  std::string find() {
    for (std::size_t i = 0; i < task_.containers.size(); ++i) {
      if (visit(i)) return path_text();
    }
    return "";
  }

 private:
  enum class Seen : char { No, OnPath, Done };

  bool visit(std::size_t container) {
    if (seen_[container] == Seen::Done) return false;
    path_.push_back(container);
    if (seen_[container] == Seen::OnPath) return true;
    seen_[container] = Seen::OnPath;
    for (const model::Dependency& dependency : task_.containers[container].depends_on) {
      if (visit(*find_container(task_, dependency.container))) return true;
    }
    seen_[container] = Seen::Done;
    path_.pop_back();
    return false;
  }

  std::string path_text() const {
    std::string text;
    const auto start = std::find(path_.begin(), path_.end(), path_.back());
    for (auto at = start; at != path_.end(); ++at) {
      if (at != start) text += " -> ";
      text += task_.containers[*at].name;
    }
    return text;
  }

  const model::Task& task_;
  std::vector<Seen> seen_;
  std::vector<std::size_t> path_;
};

}  // namespace

void add_dependencies(const protocol::Task& given, model::Task& task, Findings& findings) {
  for (std::size_t i = 0; i < given.containers.size(); ++i) {
    const auto& wanted = given.containers[i].depends_on;
    for (std::size_t j = 0; j < wanted.size(); ++j) {
      const std::string here =
          "containerDefinitions[" + std::to_string(i) + "].dependsOn[" + std::to_string(j) + "]";
      const auto condition = condition_of(wanted[j].condition);
      const auto target = find_container(task, wanted[j].container_name);
      if (!target) {
        refuse_unresolved(task,
                          here + ".containerName " + quoted(wanted[j].container_name) +
                              ": no such container in the task",
                          here, findings);
        return;
      }
      if (!condition) {
        findings.refuse(here + ".condition", wanted[j].condition,
                        "must be START, COMPLETE, SUCCESS or HEALTHY");
        return;
      }
      if (condition == model::Condition::Healthy && !task.containers[*target].health_check) {
        refuse_unresolved(task,
                          here + ".condition \"HEALTHY\": container " +
                              quoted(wanted[j].container_name) + " has no health check",
                          here, findings);
        return;
      }
      task.containers[i].depends_on.push_back({wanted[j].container_name, *condition});
    }
  }
  if (const std::string cycle = CycleSearch(task).find(); !cycle.empty()) {
    refuse_unresolved(task, "dependsOn goes in a circle: " + cycle, "", findings);
  }
}

}  // namespace berth::inbox
