// manifest.cpp - the tasks of an instance as its agent should know them.
#include "lab/manifest.hpp"

namespace berth::lab {

std::vector<protocol::TaskIdentifier> expected_tasks(Lab& lab, const Instance& instance) {
  const std::string cluster_arn = lab.names().cluster_arn(instance.cluster);
  std::vector<protocol::TaskIdentifier> expected;
  for (const Task* task : lab.live_tasks(instance.arn)) {
    expected.push_back({task->arn, cluster_arn, task->desired});
  }
  return expected;
}

std::vector<protocol::TaskIdentifier> unwanted_tasks(
    Lab& lab, const Instance& instance, const std::vector<protocol::TaskIdentifier>& candidates) {
  const std::string cluster_arn = lab.names().cluster_arn(instance.cluster);
  std::vector<protocol::TaskIdentifier> unwanted;
  for (const protocol::TaskIdentifier& candidate : candidates) {
    const Task* task = lab.find_task(instance.cluster, candidate.task_arn);
    const bool is_wanted =
        task && task->instance_arn == instance.arn && task->is_live() && task->desired == "RUNNING";
    if (!is_wanted) unwanted.push_back({candidate.task_arn, cluster_arn, "STOPPED"});
  }
  return unwanted;
}

}  // namespace berth::lab
