// placement.cpp - where a task's objects are.
#include "agent/plan/placement.hpp"

#include "agent/model/ids.hpp"

namespace berth::plan {

std::string cgroup_path_of(std::string_view task_id, const Settings& settings) {
  return settings.cgroup_parent + "/" + std::string(task_id);
}

model::Placement placement_for(const model::Task& task, const Settings& settings) {
  const std::string id = model::task_id_of(task.arn);
  model::Placement placement;
  placement.cgroup_path = cgroup_path_of(id, settings);
  if (task.network_mode == model::NetworkMode::Awsvpc) {
    placement.netns_path = settings.netns_dir + "/" + settings.netns_prefix + "--" + id;
  }
  placement.files_dir = settings.data_dir + "/tasks/" + id;
  placement.logs_dir = settings.data_dir + "/logs/" + id;
  return placement;
}

}  // namespace berth::plan
