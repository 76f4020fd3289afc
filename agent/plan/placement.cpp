// placement.cpp - where a task's objects are.
#include "agent/plan/placement.hpp"

#include "agent/model/ids.hpp"
#include "agent/plan/slice.hpp"
#include "netns/spec.hpp"

namespace berth::plan {

namespace {

bool is_in(const std::string& address, const std::string& subnet) {
  const auto given = netns::parse_ip(address);
  const auto around = netns::parse_ip_interface(subnet);
  if (!given || !around || given->is_v6 != around->address.is_v6) return false;
  return netns::subnet_of({*given, around->prefix_bits}) == *around;
}

}  // namespace

std::string cgroup_path_of(std::string_view task_id, const Settings& settings) {
  if (settings.cgroup_driver == cgroups::Driver::Cgroupfs) {
    return settings.cgroup_parent + "/" + std::string(task_id);
  }
  return cgroup_path_of_slice(task_id, settings.cgroup_parent);
}

std::string files_parent(const Settings& settings) {
  return settings.data_dir + "/tasks";
}

std::string logs_parent(const Settings& settings) {
  return settings.data_dir + "/logs";
}

model::EniAccess eni_access_for(const model::Task& task, const Settings& settings,
                                const std::vector<model::NodeNetwork>& networks) {
  const bool is_of_a_trunk = task.eni && task.eni->vlan_id != 0;
  if (is_of_a_trunk) return {"vlan", task.eni->trunk_mac, task.eni->vlan_id};
  // What was announced to be plugged in is the interface, wherever its address is.
  const bool is_announced =
      settings.eni_access.driver == "hotplug" && task.origin == model::Origin::ControlPlane;
  if (!task.eni || is_announced) return settings.eni_access;
  const model::Eni& eni = *task.eni;
  for (const model::NodeNetwork& network : networks) {
    const bool is_its =
        eni.ipv4.empty() ? is_in(eni.ipv6, network.ipv6_subnet) : is_in(eni.ipv4, network.subnet);
    if (is_its) return network.access;
  }
  return settings.eni_access;
}

model::Placement placement_for(const model::Task& task, const Settings& settings,
                               const std::vector<model::NodeNetwork>& networks) {
  const std::string id = model::task_id_of(task.arn);
  model::Placement placement;
  placement.cgroup_path = cgroup_path_of(id, settings);
  const bool has_own = task.network_mode == model::NetworkMode::Awsvpc ||
                       task.network_mode == model::NetworkMode::Bridge;
  if (has_own) {
    placement.netns_path = settings.netns_dir + "/" + settings.netns_prefix + "--" + id;
  }
  if (task.network_mode == model::NetworkMode::Awsvpc) {
    placement.eni_access = eni_access_for(task, settings, networks);
    if (placement.eni_access.has_gateway()) {
      placement.gateway_path = netns::gateway_name(placement.netns_path);
    }
  }
  placement.files_dir = files_parent(settings) + "/" + id;
  placement.logs_dir = logs_parent(settings) + "/" + id;
  return placement;
}

}  // namespace berth::plan
