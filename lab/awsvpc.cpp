// awsvpc.cpp - what RunTask and StartTask say of a task's own interface.
#include "lab/awsvpc.hpp"

namespace berth::lab {

namespace {

constexpr std::size_t kMostSubnets = 16;        // ECS API, AwsVpcConfiguration
constexpr std::size_t kMostSecurityGroups = 5;  // the same

/// EC2's word in ECS's sentence.
Fault not_found(const std::string& what, const std::string& id, const std::string& message,
                const std::string& code) {
  return parameter_fault("Error retrieving " + what + " information for [" + id + "]: " + message +
                         " (ErrorCode: " + code + ")");
}

}  // namespace

Reply<Json> network_in(Lab& lab, const Json& input, const Json& definition) {
  const bool own_interface = definition.value("networkMode", "") == "awsvpc";
  const Json network = input.value("networkConfiguration", Json::object());
  if (!own_interface) {
    if (network.empty()) return network;
    return parameter_fault(
        "Network Configuration is not valid for the given networkMode of this task definition.");
  }
  const Json vpc = network.value("awsvpcConfiguration", Json::object());
  if (vpc.empty()) {
    return parameter_fault(
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  const auto subnets = vpc.value("subnets", std::vector<std::string>());
  const auto groups = vpc.value("securityGroups", std::vector<std::string>());
  if (subnets.empty()) return parameter_fault("subnets can not be empty.");
  if (subnets.size() > kMostSubnets) return parameter_fault("subnets can have at most 16 items.");
  if (groups.size() > kMostSecurityGroups) {
    return parameter_fault("securityGroups can have at most 5 items.");
  }
  for (const std::string& id : subnets) {
    if (lab.subnets().contains(id)) continue;
    return not_found("subnet", id, "The subnet ID '" + id + "' does not exist",
                     "InvalidSubnetID.NotFound");
  }
  for (const std::string& id : groups) {
    if (lab.groups().contains(id)) continue;
    return not_found("security group", id, "The security group '" + id + "' does not exist",
                     "InvalidGroup.NotFound");
  }
  return network;
}

}  // namespace berth::lab
