// placement.cpp - where a task's objects are.
#include "agent/plan/placement.hpp"

#include "agent/model/ids.hpp"

namespace berth::plan {

std::string cgroup_path_of(std::string_view task_id, const Settings& settings) {
  return settings.cgroup_parent + "/" + std::string(task_id);
}

std::string files_parent(const Settings& settings) {
  return settings.data_dir + "/tasks";
}

std::string logs_parent(const Settings& settings) {
  return settings.data_dir + "/logs";
}

model::EniAccess eni_access_for(const model::Task& task, const Settings& settings) {
  const bool is_of_a_trunk = task.eni && task.eni->vlan_id != 0;
  if (is_of_a_trunk) return {"vlan", task.eni->trunk_mac, task.eni->vlan_id};
  return settings.eni_access;
}

model::Placement placement_for(const model::Task& task, const Settings& settings) {
  const std::string id = model::task_id_of(task.arn);
  model::Placement placement;
  placement.cgroup_path = cgroup_path_of(id, settings);
  const bool has_own = task.network_mode == model::NetworkMode::Awsvpc ||
                       task.network_mode == model::NetworkMode::Bridge;
  if (has_own) {
    placement.netns_path = settings.netns_dir + "/" + settings.netns_prefix + "--" + id;
  }
  if (task.network_mode == model::NetworkMode::Awsvpc) {
    placement.eni_access = eni_access_for(task, settings);
    if (placement.eni_access.has_gateway()) {
      placement.gateway_path = model::gateway_name_of(placement.netns_path);
    }
  }
  placement.files_dir = files_parent(settings) + "/" + id;
  placement.logs_dir = logs_parent(settings) + "/" + id;
  return placement;
}

}  // namespace berth::plan
