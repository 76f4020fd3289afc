// payload.cpp - a task as the agent is told of it; pure.
#include "lab/payload.hpp"

#include "controlplane/definition/payload.hpp"
#include "lab/names.hpp"

namespace berth::lab {

protocol::ElasticNetworkInterface eni_of(const Interface& interface,
                                         std::vector<protocol::SecurityGroup> groups) {
  protocol::ElasticNetworkInterface eni;
  eni.attachment_arn = interface.attachment_arn;
  eni.ec2_id = interface.eni_id;
  eni.mac = interface.mac;
  eni.association_protocol = "default";
  if (!interface.address.empty()) {
    eni.ipv4.push_back({true, interface.address});
    eni.gateway_ipv4 = interface.gateway + "/" + std::to_string(interface.prefix);
  }
  if (!interface.ipv6_address.empty()) {
    eni.ipv6.push_back({true, interface.ipv6_address});
    eni.gateway_ipv6 = interface.ipv6_gateway + "/" + std::to_string(interface.ipv6_prefix);
  }
  eni.private_dns_name = interface.private_dns_name();
  eni.berth = {interface.subnet, interface.groups, std::move(groups)};
  return eni;
}

protocol::Task payload_of(const Task& task, const Json& shown, const std::string& cluster_arn,
                          const std::string& region) {
  definition::Launch launch;
  launch.task_arn = task.arn;
  launch.task_id = task.id;
  launch.desired_status = task.desired;
  launch.cluster_arn = cluster_arn;
  launch.version = std::to_string(task.revision);
  launch.account = kAccount;
  launch.group = task.group;
  launch.launch_type = task.launch_type;
  launch.region = region;
  launch.cpu = task.cpu;
  launch.memory = task.memory;
  launch.overrides = task.overrides;
  for (const TaskContainer& one : task.containers) {
    launch.container_arns[one.name] = one.arn;
    if (!one.gpu_ids.empty()) launch.gpus[one.name] = one.gpu_ids;
  }
  return definition::payload_of(shown, launch);
}

}  // namespace berth::lab
