// interfaces.cpp - the calls about the network interfaces of tasks.
#include <algorithm>

#include "lab/ec2/api.hpp"

namespace berth::lab::ec2 {

namespace {

Json shown_interface(const Lab& lab, const Task& task) {
  const Interface& interface = *task.interface;
  Json groups = Json::array();
  for (const std::string& id : interface.groups) {
    const auto group = lab.groups().find(id);
    if (group == lab.groups().end()) continue;
    groups.push_back({{"groupId", id}, {"groupName", group->second.name}});
  }
  Json shown = {{"networkInterfaceId", interface.eni_id},
                {"subnetId", interface.subnet},
                {"vpcId", kVpc},
                {"availabilityZone", lab.settings().region + "a"},
                {"description", interface.attachment_arn},
                {"ownerId", kAccount},
                {"requesterManaged", true},
                {"status", interface.status == "ATTACHED" ? "in-use" : "available"},
                {"macAddress", interface.mac},
                {"privateDnsName", interface.private_dns_name()},
                {"sourceDestCheck", true},
                {"interfaceType", "interface"},
                {"groupSet", groups},
                {"ipv6AddressesSet", Json::array()},
                {"privateIpAddressesSet", Json::array()},
                {"tagSet", Json::array()}};
  if (!interface.address.empty()) {
    shown["privateIpAddress"] = interface.address;
    shown["privateIpAddressesSet"].push_back(
        {{"primary", true}, {"privateIpAddress", interface.address}});
  }
  if (!interface.ipv6_address.empty()) {
    shown["ipv6AddressesSet"].push_back({{"ipv6Address", interface.ipv6_address}});
  }
  return shown;
}

}  // namespace

Reply<Json> describe_network_interfaces(Lab& lab, const Json& input) {
  BERTH_CHECK(check_dry_run(input));
  constexpr std::string_view kKnown[] = {"network-interface-id",
                                         "subnet-id",
                                         "vpc-id",
                                         "group-id",
                                         "group-name",
                                         "private-ip-address",
                                         "addresses.private-ip-address",
                                         "ipv6-addresses.ipv6-address",
                                         "mac-address",
                                         "status",
                                         "description"};
  BERTH_TRY(const Filters filters, Filters::in(input, kKnown));
  BERTH_TRY(std::vector<std::string> ids, texts_of(input, "NetworkInterfaceId"));
  const bool is_all = ids.empty();
  Json interfaces = Json::array();
  for (const auto& [task_id, task] : lab.tasks()) {
    if (!task.interface || task.status == TaskStatus::Stopped) continue;
    const Interface& interface = *task.interface;
    if (!is_all && std::erase(ids, interface.eni_id) == 0) continue;
    const Json shown = shown_interface(lab, task);
    Attributes attributes = {{"network-interface-id", {interface.eni_id}},
                             {"subnet-id", {interface.subnet}},
                             {"vpc-id", {std::string(kVpc)}},
                             {"group-id", interface.groups},
                             {"private-ip-address", {interface.address}},
                             {"addresses.private-ip-address", {interface.address}},
                             {"ipv6-addresses.ipv6-address", {interface.ipv6_address}},
                             {"mac-address", {interface.mac}},
                             {"status", {shown["status"].get<std::string>()}},
                             {"description", {interface.attachment_arn}}};
    for (const Json& group : shown["groupSet"]) {
      attributes["group-name"].push_back(group["groupName"]);
    }
    if (filters.let_through(std::move(attributes), Json::array())) interfaces.push_back(shown);
  }
  if (!ids.empty()) {
    return Fault{"InvalidNetworkInterfaceID.NotFound",
                 "The networkInterface ID '" + ids.front() + "' does not exist"};
  }
  return Json{{"networkInterfaceSet", interfaces}};
}

}  // namespace berth::lab::ec2
