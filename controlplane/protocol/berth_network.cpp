// berth_network.cpp - security groups and routes as berth-lab tells them, to JSON and back.
#include "controlplane/protocol/berth_network.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "controlplane/protocol/address_text.hpp"
#include "controlplane/protocol/fields.hpp"
#include "controlplane/protocol/parts_read.hpp"

namespace berth::protocol {

namespace {

constexpr std::string_view kProtocolRule =
    "must be \"tcp\", \"udp\", \"icmp\", \"icmpv6\", \"-1\" or a number from 0 to 255";

bool is_protocol_number(const std::string& text) {
  int number = -1;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, number);
  return failed == std::errc{} && stop == end && number >= -1 && number <= 255;
}

void check_ports(Fields& in, const SecurityGroupRule& rule) {
  const bool icmp = rule.protocol == "icmp" || rule.protocol == "icmpv6";
  const bool ports = rule.protocol == "tcp" || rule.protocol == "udp";
  if (!icmp && !ports && !is_protocol_number(rule.protocol)) {
    in.complain("protocol", dump_json(rule.protocol) + " " + std::string(kProtocolRule));
  }
  const std::int64_t least = ports ? 0 : -1;
  const std::int64_t most = ports ? 65535 : icmp ? 255 : -1;
  for (auto [name, value] : {std::pair{"fromPort", rule.from_port}, {"toPort", rule.to_port}}) {
    if (value >= least && value <= most) continue;
    in.complain(name, std::to_string(value) + " must be from " + std::to_string(least) + " to " +
                          std::to_string(most) + " for protocol " + dump_json(rule.protocol));
  }
  if (ports && rule.to_port < rule.from_port) {
    in.complain("toPort", std::to_string(rule.to_port) + " must not be below fromPort, " +
                              std::to_string(rule.from_port));
  }
}

/// Complains of the first text that `family` does not know.
template <class Family>
void check_each(Fields& in, const char* name, const std::vector<std::string>& texts, Family family,
                const char* rule) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (family(texts[i])) continue;
    in.complain(std::string(name) + "[" + std::to_string(i) + "]",
                dump_json(texts[i]) + " must be " + rule);
  }
}

bool is_named(const std::string& text) {
  return !text.empty();
}

Result<SecurityGroupRule> read_rule(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  SecurityGroupRule rule;
  rule.protocol = in.required("protocol");
  rule.from_port = in.integer("fromPort", -1);
  rule.to_port = in.integer("toPort", -1);
  rule.cidrs = in.texts("cidrs");
  rule.group_ids = in.texts("groupIds");
  if (!in.failed()) check_ports(in, rule);
  check_each(in, "cidrs", rule.cidrs, family_of_prefix, "an address with its prefix length");
  check_each(in, "groupIds", rule.group_ids, is_named, "the id of a group");
  return read_or_complaint(in, std::move(rule));
}

Result<SecurityGroup> read_group(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  SecurityGroup group;
  group.group_id = in.required("groupId");
  group.version = in.integer("version");
  group.ingress = in.list("ingress", read_rule);
  group.egress = in.list("egress", read_rule);
  group.members = in.texts("members");
  check_each(in, "members", group.members, family_of_address, "an address");
  return read_or_complaint(in, std::move(group));
}

Result<NetworkRoute> read_route(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  NetworkRoute route{in.required("destination"), in.required("via")};
  if (in.failed()) return *in.failed();
  const auto family = family_of_prefix(route.destination);
  if (!family) {
    in.complain("destination",
                dump_json(route.destination) + " must be an address with its prefix length");
  } else if (family_of_address(route.via) != family) {
    in.complain("via", dump_json(route.via) + " must be an address of the destination's family");
  }
  return read_or_complaint(in, std::move(route));
}

std::vector<SecurityGroup> read_groups(Fields& in) {
  std::vector<SecurityGroup> groups = in.list("securityGroups", read_group);
  std::set<std::string> ids;
  for (const SecurityGroup& group : groups) {
    if (ids.insert(group.group_id).second) continue;
    in.complain("securityGroups", dump_json(group.group_id) + " must be there only once");
  }
  return groups;
}

Json rule_json(const SecurityGroupRule& rule) {
  Json out{{"protocol", rule.protocol}, {"fromPort", rule.from_port}, {"toPort", rule.to_port}};
  put(out, "cidrs", rule.cidrs);
  put(out, "groupIds", rule.group_ids);
  return out;
}

Json route_json(const NetworkRoute& route) {
  return Json{{"destination", route.destination}, {"via", route.via}};
}

}  // namespace

Json encode(const SecurityGroup& group) {
  return Json{{"groupId", group.group_id},
              {"version", group.version},
              {"ingress", list_json(group.ingress, rule_json)},
              {"egress", list_json(group.egress, rule_json)},
              {"members", group.members}};
}
template <>
Result<SecurityGroup> decode(const Json& value) {
  return read_group(value, "securityGroup");
}

Json encode(const BerthInterface& interface) {
  return Json{{"subnetId", interface.subnet_id},
              {"securityGroupIds", interface.security_group_ids},
              {"securityGroups", list_json(interface.security_groups, encoded)}};
}

Result<BerthInterface> read_berth_interface(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  BerthInterface interface;
  interface.subnet_id = in.required("subnetId");
  interface.security_group_ids = in.texts("securityGroupIds");
  interface.security_groups = read_groups(in);
  if (in.failed()) return *in.failed();
  for (const std::string& id : interface.security_group_ids) {
    const auto& groups = interface.security_groups;
    if (std::none_of(groups.begin(), groups.end(),
                     [&id](const SecurityGroup& group) { return group.group_id == id; })) {
      in.complain("securityGroupIds", dump_json(id) + " must be among securityGroups");
    }
  }
  return read_or_complaint(in, std::move(interface));
}

template <>
Result<BerthInterface> decode(const Json& value) {
  return read_berth_interface(value, "berth");
}

Json encode(const BerthNetworkMessage& message) {
  return Json{{"messageId", message.message_id},
              {"clusterArn", message.cluster_arn},
              {"containerInstanceArn", message.container_instance_arn},
              {"generatedAt", message.generated_at_ms},
              {"version", message.version},
              {"securityGroups", list_json(message.security_groups, encoded)},
              {"routes", list_json(message.routes, route_json)}};
}
template <>
Result<BerthNetworkMessage> decode(const Json& value) {
  Fields in(value, std::string(BerthNetworkMessage::kType));
  BerthNetworkMessage message;
  message.message_id = in.required("messageId");
  message.cluster_arn = in.required("clusterArn");
  message.container_instance_arn = in.required("containerInstanceArn");
  message.generated_at_ms = in.integer("generatedAt");
  message.version = in.integer("version");
  if (message.version <= 0) {
    in.complain("version", std::to_string(message.version) + " must be above 0");
  }
  message.security_groups = read_groups(in);
  message.routes = in.list("routes", read_route);
  return read_or_complaint(in, std::move(message));
}

}  // namespace berth::protocol
