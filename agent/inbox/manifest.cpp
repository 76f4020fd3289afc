// manifest.cpp - the control plane's list of tasks against ours.
#include "agent/inbox/manifest.hpp"

#include <set>
#include <string_view>

namespace berth::inbox {

std::vector<protocol::TaskIdentifier> stop_candidates(
    const std::vector<std::shared_ptr<const model::Record>>& records,
    const protocol::TaskManifestMessage& manifest) {
  std::set<std::string_view> wanted;
  for (const protocol::TaskIdentifier& task : manifest.tasks) {
    if (task.desired_status == "RUNNING") wanted.insert(task.task_arn);
  }
  std::vector<protocol::TaskIdentifier> candidates;
  for (const auto& record : records) {
    if (record->task.origin == model::Origin::Local) continue;  // none of the control plane's
    if (record->goal != model::Goal::Running || wanted.contains(record->task.arn)) continue;
    candidates.push_back({record->task.arn, manifest.cluster_arn, "STOPPED"});
  }
  return candidates;
}

}  // namespace berth::inbox
