// network.cpp - the network mode of a task and its interface.
#include "agent/inbox/network.hpp"

#include <cctype>
#include <charconv>

#include "agent/inbox/names.hpp"

namespace berth::inbox {

namespace {

bool is_mac(const std::string& text) {
  constexpr std::size_t kBytes = 17;  // "02:11:22:33:44:55"
  if (text.size() != kBytes) return false;
  for (std::size_t i = 0; i < kBytes; ++i) {
    const bool right =
        i % 3 == 2 ? text[i] == ':' : std::isxdigit(static_cast<unsigned char>(text[i]));
    if (!right) return false;
  }
  return true;
}

const protocol::InterfaceAddress* primary_of(const protocol::ElasticNetworkInterface& eni) {
  for (const auto& address : eni.ipv4) {
    if (address.primary) return &address;
  }
  return eni.ipv4.empty() ? nullptr : &eni.ipv4.front();
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

model::Eni eni_of(const protocol::ElasticNetworkInterface& given, Findings& findings) {
  const std::string where = "elasticNetworkInterfaces[0]";
  model::Eni eni;
  eni.id = given.ec2_id;
  eni.attachment_arn = given.attachment_arn;
  eni.mac = given.mac;
  eni.dns_servers = given.domain_name_servers;
  eni.search_domains = given.domain_name;
  eni.private_dns_name = given.private_dns_name;
  if (!is_mac(given.mac))
    findings.refuse(where + ".macAddress", given.mac, "must be a MAC address");
  if (given.association_protocol == "vlan") {
    findings.refuse(where + ".interfaceAssociationProtocol", "vlan", kUnsupported);
  }
  const protocol::InterfaceAddress* address = primary_of(given);
  if (address == nullptr) {
    findings.refuse(
        where + ".ipv4Addresses",
        "at least one is required; tasks with IPv6 alone are " + std::string(kUnsupported));
    return eni;
  }
  eni.ipv4 = address->address;
  if (!is_ipv4_address(eni.ipv4)) {
    findings.refuse(where + ".ipv4Addresses", eni.ipv4, "must be an IPv4 address");
  }
  const std::size_t slash = given.gateway_ipv4.find('/');
  eni.gateway = given.gateway_ipv4.substr(0, slash);
  if (slash != std::string::npos) {
    const char* end = given.gateway_ipv4.data() + given.gateway_ipv4.size();
    std::from_chars(given.gateway_ipv4.data() + slash + 1, end, eni.prefix_length);
  }
  if (!is_ipv4_address(eni.gateway) || eni.prefix_length < 1 || eni.prefix_length > 32) {
    findings.refuse(where + ".subnetGatewayIpv4Address", given.gateway_ipv4,
                    "must be an IPv4 address with its prefix length");
  }
  check_names(given, where, findings);
  if (given.ipv4.size() > 1) findings.pass_over(where + ".ipv4Addresses");
  if (!given.ipv6.empty()) findings.pass_over(where + ".ipv6Addresses");
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

void add_network(const protocol::Task& given, const std::vector<std::string>& host_modes,
                 model::Task& task, Findings& findings) {
  const std::string mode = mode_of(given, host_modes);
  if (mode == "awsvpc") {
    task.network_mode = model::NetworkMode::Awsvpc;
    if (given.enis.size() != 1) {
      findings.refuse("elasticNetworkInterfaces", std::to_string(given.enis.size()) +
                                                      " given; network mode \"awsvpc\" needs "
                                                      "exactly one");
      return;
    }
    task.eni = eni_of(given.enis.front(), findings);
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
      if (task.containers[i].hostname.empty()) continue;
      findings.pass_over("containerDefinitions[" + std::to_string(i) + "].hostname");
    }
  } else if (mode == "host" || mode == "none") {
    const bool is_host = mode == "host";
    task.network_mode = is_host ? model::NetworkMode::Host : model::NetworkMode::None;
    check_host_modes(mode, host_modes, findings);
    if (is_host) check_sysctls(task, findings);
  } else {
    findings.refuse("networkMode", mode,
                    std::string(kUnsupported) + "; allowed are awsvpc, host, none");
  }
}

}  // namespace berth::inbox
