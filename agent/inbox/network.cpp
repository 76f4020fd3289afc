// network.cpp - the network mode of a task and its interface.
#include "agent/inbox/network.hpp"

#include <charconv>
#include <tuple>
#include <utility>

#include "agent/inbox/names.hpp"

namespace berth::inbox {

namespace {

const protocol::InterfaceAddress* primary_of(
    const std::vector<protocol::InterfaceAddress>& addresses) {
  for (const auto& address : addresses) {
    if (address.primary) return &address;
  }
  return addresses.empty() ? nullptr : &addresses.front();
}

/// They are written into files of the container, a line each.
void check_names(const protocol::ElasticNetworkInterface& given, const std::string& where,
                 Findings& findings) {
  if (!given.private_dns_name.empty() && !is_host_name(given.private_dns_name)) {
    findings.refuse(where + ".privateDnsName", given.private_dns_name,
                    "must be 1 to 64 letters, digits, '-' or '.'");
  }
  for (const std::string& server : given.domain_name_servers) {
    if (!is_address(server)) {
      findings.refuse(where + ".domainNameServers", server, "must be an address");
    }
  }
  for (const std::string& domain : given.domain_name) {
    if (!is_host_name(domain)) {
      findings.refuse(where + ".domainName", domain, "must be 1 to 64 letters, digits, '-' or '.'");
    }
  }
}

/// "10.0.1.1/24" into its two parts; 0 bits when it has none or they are no number.
std::pair<std::string, int> with_prefix(const std::string& text) {
  const std::size_t slash = text.find('/');
  int bits = 0;
  if (slash != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto [stopped, bad] = std::from_chars(text.data() + slash + 1, end, bits);
    if (bad != std::errc{} || stopped != end) bits = 0;
  }
  return {text.substr(0, slash), bits};
}

void add_ipv4(const protocol::ElasticNetworkInterface& given, const std::string& where,
              model::Eni& eni, Findings& findings) {
  const protocol::InterfaceAddress* address = primary_of(given.ipv4);
  if (address == nullptr) return;
  eni.ipv4 = address->address;
  if (!is_ipv4_address(eni.ipv4)) {
    findings.refuse(where + ".ipv4Addresses", eni.ipv4, "must be an IPv4 address");
  }
  std::tie(eni.gateway, eni.prefix_length) = with_prefix(given.gateway_ipv4);
  if (!is_ipv4_address(eni.gateway) || eni.prefix_length < 1 || eni.prefix_length > 32) {
    findings.refuse(where + ".subnetGatewayIpv4Address", given.gateway_ipv4,
                    "must be an IPv4 address with its prefix length");
  }
  if (given.ipv4.size() > 1) findings.pass_over(where + ".ipv4Addresses");
}

void add_ipv6(const protocol::ElasticNetworkInterface& given, const std::string& where,
              model::Eni& eni, Findings& findings) {
  constexpr int kDualStackBits = 64;  // source: reference networking, section 3.2
  const protocol::InterfaceAddress* address = primary_of(given.ipv6);
  if (address == nullptr) return;
  eni.ipv6 = address->address;
  if (!is_address(eni.ipv6) || is_ipv4_address(eni.ipv6)) {
    findings.refuse(where + ".ipv6Addresses", eni.ipv6, "must be an IPv6 address");
  }
  int bits = 0;
  std::tie(eni.ipv6_gateway, bits) = with_prefix(given.gateway_ipv6);
  const bool is_v6 = is_address(eni.ipv6_gateway) && !is_ipv4_address(eni.ipv6_gateway);
  if (!eni.ipv6_gateway.empty() && !is_v6) {
    findings.refuse(where + ".subnetGatewayIpv6Address", given.gateway_ipv6,
                    "must be an IPv6 address with its prefix length");
  }
  eni.ipv6_prefix_length = bits > 0 && bits <= 128 ? bits : kDualStackBits;
  if (given.ipv6.size() > 1) findings.pass_over(where + ".ipv6Addresses");
}

/// A branch of a trunk: a VLAN of the device with that MAC.
void add_vlan(const protocol::ElasticNetworkInterface& given, const std::string& where,
              model::Eni& eni, Findings& findings) {
  constexpr int kMostVlan = 4094;  // IEEE 802.1Q
  const protocol::VlanProperties vlan = given.vlan.value_or(protocol::VlanProperties{});
  const char* end = vlan.vlan_id.data() + vlan.vlan_id.size();
  const auto [stopped, bad] = std::from_chars(vlan.vlan_id.data(), end, eni.vlan_id);
  if (bad != std::errc{} || stopped != end || eni.vlan_id < 1 || eni.vlan_id > kMostVlan) {
    findings.refuse(where + ".interfaceVlanProperties.vlanId", vlan.vlan_id,
                    "must be a number from 1 to 4094");
  }
  eni.trunk_mac = vlan.trunk_mac;
  if (!is_mac_address(vlan.trunk_mac)) {
    findings.refuse(where + ".interfaceVlanProperties.trunkInterfaceMacAddress", vlan.trunk_mac,
                    "must be a MAC address");
  }
}

std::vector<model::SecurityGroupRule> rules_of(
    const std::vector<protocol::SecurityGroupRule>& given) {
  std::vector<model::SecurityGroupRule> rules;
  for (const protocol::SecurityGroupRule& one : given) {
    rules.push_back({one.protocol, static_cast<int>(one.from_port), static_cast<int>(one.to_port),
                     one.cidrs, one.group_ids});
  }
  return rules;
}

model::Eni eni_of(const protocol::ElasticNetworkInterface& given, Findings& findings) {
  const std::string where = "elasticNetworkInterfaces[0]";
  model::Eni eni;
  eni.id = given.ec2_id;
  eni.attachment_arn = given.attachment_arn;
  eni.mac = given.mac;
  eni.dns_servers = given.domain_name_servers;
  eni.search_domains = given.domain_name;
  eni.private_dns_name = given.private_dns_name;
  if (!is_mac_address(given.mac))
    findings.refuse(where + ".macAddress", given.mac, "must be a MAC address");
  if (given.association_protocol == "vlan") add_vlan(given, where, eni, findings);
  if (given.ipv4.empty() && given.ipv6.empty()) {
    findings.refuse(where + ".ipv4Addresses", "at least one, or one of ipv6Addresses, is required");
  }
  add_ipv4(given, where, eni, findings);
  add_ipv6(given, where, eni, findings);
  check_names(given, where, findings);
  if (!given.berth) return eni;
  eni.security_groups = given.berth->security_group_ids;
  for (const protocol::SecurityGroup& group : given.berth->security_groups) {
    eni.groups.push_back(security_group_of(group));
  }
  return eni;
}

/// What decides when the task itself names no mode: Docker's word for its first container.
std::string mode_of(const protocol::Task& given, const std::vector<std::string>& host_modes) {
  if (!given.network_mode.empty()) return given.network_mode;
  return host_modes.empty() || host_modes.front().empty() ? "bridge" : host_modes.front();
}

/// awsvpc is forced on every container; otherwise its own word would be Docker's.
void check_host_modes(const std::string& mode, const std::vector<std::string>& host_modes,
                      Findings& findings) {
  for (std::size_t i = 0; i < host_modes.size(); ++i) {
    if (host_modes[i].empty() || host_modes[i] == mode) continue;
    findings.refuse(
        "containerDefinitions[" + std::to_string(i) + "].dockerConfig.hostConfig.NetworkMode",
        host_modes[i], "differs from the task's network mode \"" + mode + "\"");
  }
}

/// Only a container of mode bridge has a resolv.conf of its own.
void pass_over_names(model::Task& task, Findings& findings) {
  for (std::size_t i = 0; i < task.containers.size(); ++i) {
    model::Container& container = task.containers[i];
    const std::string where = "containerDefinitions[" + std::to_string(i) + "]";
    if (!container.dns_servers.empty()) findings.pass_over(where + ".dnsServers");
    if (!container.search_domains.empty()) findings.pass_over(where + ".dnsSearchDomains");
    container.dns_servers.clear();
    container.search_domains.clear();
  }
}

/// In the host's network namespace they would change the host.
void check_sysctls(const model::Task& task, Findings& findings) {
  for (std::size_t i = 0; i < task.containers.size(); ++i) {
    for (const auto& [name, value] : task.containers[i].sysctls) {
      if (!name.starts_with("net.")) continue;
      findings.refuse("containerDefinitions[" + std::to_string(i) + "].systemControls", name,
                      "not allowed with network mode \"host\"");
    }
  }
}

}  // namespace

model::SecurityGroup security_group_of(const protocol::SecurityGroup& given) {
  return {given.group_id, given.version, rules_of(given.ingress), rules_of(given.egress),
          given.members};
}

void add_network(const protocol::Task& given, const std::vector<std::string>& host_modes,
                 bool gives_addresses, model::Task& task, Findings& findings) {
  const std::string mode = mode_of(given, host_modes);
  if (mode == "awsvpc") {
    task.network_mode = model::NetworkMode::Awsvpc;
    const bool needs_one = !given.enis.empty() || !gives_addresses;
    if (given.enis.size() != 1 && needs_one) {
      findings.refuse("elasticNetworkInterfaces", std::to_string(given.enis.size()) +
                                                      " given; network mode \"awsvpc\" needs "
                                                      "exactly one");
      return;
    }
    if (!given.enis.empty()) task.eni = eni_of(given.enis.front(), findings);
    pass_over_names(task, findings);
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
      if (task.containers[i].hostname.empty()) continue;
      findings.pass_over("containerDefinitions[" + std::to_string(i) + "].hostname");
    }
  } else if (mode == "bridge" || mode == "host" || mode == "none") {
    task.network_mode = mode == "bridge" ? model::NetworkMode::Bridge
                        : mode == "host" ? model::NetworkMode::Host
                                         : model::NetworkMode::None;
    check_host_modes(mode, host_modes, findings);
    if (mode == "host") check_sysctls(task, findings);
    if (mode != "bridge") pass_over_names(task, findings);
  } else {
    findings.refuse("networkMode", mode,
                    std::string(kUnsupported) + "; allowed are awsvpc, bridge, host, none");
  }
}

model::ClusterNetwork network_of(const protocol::BerthNetworkMessage& message) {
  model::ClusterNetwork network;
  network.instance_arn = message.container_instance_arn;
  network.version = message.version;
  for (const protocol::SecurityGroup& group : message.security_groups) {
    network.groups.push_back(security_group_of(group));
  }
  for (const protocol::NetworkRoute& route : message.routes) {
    network.routes.push_back({route.destination, route.via});
  }
  return network;
}

}  // namespace berth::inbox
