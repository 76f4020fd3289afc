// network_file.cpp - each member checked by itself, then those that depend on each other.
#include "agent/networks/network_file.hpp"

#include <algorithm>
#include <array>

#include "agent/inbox/findings.hpp"
#include "agent/inbox/names.hpp"
#include "agent/networks/group_file.hpp"
#include "agent/networks/range.hpp"
#include "base/folder.hpp"
#include "base/json.hpp"
#include "netns/spec.hpp"

namespace berth::networks {

namespace {

using netns::IpAddress;
using netns::IpInterface;

constexpr std::string_view kMembers =
    "name, driver, parent, vlan, subnet, addresses, gateway, ipv6Subnet, ipv6Gateway, dnsServers, "
    "searchDomains, securityGroups";
constexpr std::array kDrivers{"bridge", "lan-routed", "macvlan", "vlan"};
constexpr int kMostVlan = 4094;  // IEEE 802.1Q
constexpr std::size_t kLongestName = 63;
constexpr std::size_t kLongestDevice = 15;  // Linux, IFNAMSIZ

bool is_name(const std::string& text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= kLongestName && is_plain(text.front()) &&
         std::all_of(text.begin(), text.end(), [&is_plain](char c) {
           return is_plain(c) || c == '-' || c == '_' || c == '.';
         });
}

bool is_device(const std::string& text) {
  return !text.empty() && text.size() <= kLongestDevice && text != "." && text != ".." &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) {
           return c <= ' ' || c == '/' || c == ':' || c >= 0x7f;
         });
}

void read_name(JsonReader& in, model::NodeNetwork& network) {
  network.name = in.text("name");
  if (is_name(network.name)) return;
  in.complain("name", inbox::quoted(network.name) +
                          " must be 1 to 63 letters, digits, '-', '_' or '.', a letter or digit "
                          "first");
}

void read_access(JsonReader& in, model::EniAccess& access) {
  access.driver = in.text("driver");
  if (access.driver == "cni" || access.driver == "hotplug") {
    in.complain("driver", inbox::quoted(access.driver) +
                              " has no addresses of the node's own: its interfaces are described "
                              "by others; allowed are bridge, lan-routed, macvlan, vlan");
  } else if (std::find(kDrivers.begin(), kDrivers.end(), access.driver) == kDrivers.end()) {
    in.complain("driver",
                inbox::quoted(access.driver) + " must be one of bridge, lan-routed, macvlan, vlan");
  }
  const auto parent = in.maybe_text("parent");
  if (parent && access.driver == "bridge") {
    in.complain("parent",
                inbox::quoted(*parent) + " is of no use with driver bridge: leave it out");
  } else if (parent && !is_device(*parent)) {
    in.complain("parent", inbox::quoted(*parent) + " must be the name of a network device");
  }
  access.parent = parent.value_or("");
  const auto vlan = in.maybe_integer("vlan");
  const bool is_vlan = access.driver == "vlan";
  if (is_vlan && !vlan) in.complain("vlan", "is required with driver vlan: 1 to 4094");
  if (!vlan) return;
  if (!is_vlan) {
    in.complain("vlan", std::to_string(*vlan) +
                            " is for driver vlan alone; for several tasks in a VLAN take driver "
                            "macvlan with the VLAN's device as parent, such as eth0." +
                            std::to_string(*vlan));
  } else if (*vlan < 1 || *vlan > kMostVlan) {
    in.complain("vlan", std::to_string(*vlan) + " must be from 1 to 4094");
  }
  access.vlan_id = static_cast<int>(*vlan);
}

std::optional<IpInterface> read_subnet(JsonReader& in, const char* name, bool is_v6,
                                       std::pair<int, int> bits, const char* rule) {
  const std::string text = in.text(name);
  const Result<IpInterface> given = netns::parse_ip_interface(text);
  const bool is_right = given && given->address.is_v6 == is_v6 &&
                        netns::subnet_of(*given) == *given && given->prefix_bits >= bits.first &&
                        given->prefix_bits <= bits.second;
  if (is_right) return *given;
  in.complain(name, inbox::quoted(text) + " must be " + rule);
  return std::nullopt;
}

/// No task has an address of IPv4 in it.
bool is_of_ipv6_alone(JsonReader& in) {
  return in.any("subnet") == nullptr && in.any("ipv6Subnet") != nullptr;
}

std::string missing_addresses(const model::NodeNetwork& network, const char* example) {
  return "is required with driver " + network.access.driver +
         ": those of the LAN that are the node's to give away, such as " + example;
}

void read_ipv4(JsonReader& in, model::NodeNetwork& network) {
  constexpr std::pair kBits{8, 30};
  if (is_of_ipv6_alone(in)) {
    if (const auto gateway = in.maybe_text("gateway")) {
      in.complain("gateway", inbox::quoted(*gateway) + " needs subnet beside it");
    }
    return;
  }
  const auto subnet = read_subnet(in, "subnet", false, kBits,
                                  "an IPv4 subnet without host bits, with a prefix of 8 to 30, "
                                  "such as 192.0.2.0/24");
  const auto addresses = in.maybe_text("addresses");
  const auto gateway = in.maybe_text("gateway");
  if (!subnet) return;
  network.subnet = netns::text_of(*subnet);
  const bool is_bridge = network.access.driver == "bridge";
  if (!gateway && !is_bridge) {
    in.complain("gateway", "is required with driver " + network.access.driver +
                               ": the address of the LAN's router");
  }
  if (!addresses && !is_bridge) {
    in.complain("addresses", missing_addresses(network, "192.0.2.200-192.0.2.239"));
  }
  if (in.failed()) return;
  Range range{*subnet, gateway, addresses};
  if (const auto wrong = range.check()) {
    in.complain(wrong->member, wrong->why);
    return;
  }
  network.gateway = netns::text_of(range.gateway());
  network.first = netns::text_of(range.first());
  network.last = netns::text_of(range.last());
}

void read_ipv6_gateway(JsonReader& in, const std::string& gateway, const IpInterface& subnet,
                       model::NodeNetwork& network) {
  const Result<IpAddress> router = netns::parse_ip(gateway);
  const bool is_right =
      router && router->is_v6 &&
      (netns::is_of_a_link(*router) || netns::subnet_of({*router, subnet.prefix_bits}) == subnet);
  if (!is_right) {
    in.complain("ipv6Gateway", inbox::quoted(gateway) + " must be an address of " +
                                   network.ipv6_subnet + " or of fe80::/10");
    return;
  }
  network.ipv6_gateway = netns::text_of(*router);
  if (const auto whose = ipv4_beside(*router, network)) {
    in.complain("ipv6Gateway", inbox::quoted(gateway) + " is the address of the task that has " +
                                   *whose + ": leave that out of addresses");
  }
}

void read_ipv6_range(JsonReader& in, const IpInterface& subnet, model::NodeNetwork& network) {
  const auto addresses = in.maybe_text("addresses");
  if (!addresses && network.access.driver != "bridge") {
    in.complain("addresses", missing_addresses(network, "fd00:1::100-fd00:1::1ff"));
    return;
  }
  std::optional<IpAddress> gateway;
  if (const auto router = netns::parse_ip(network.ipv6_gateway)) gateway = *router;
  Ipv6Range range(subnet, gateway, addresses);
  if (const auto wrong = range.check()) {
    in.complain(wrong->member, wrong->why);
    return;
  }
  network.first = netns::text_of(range.first());
  network.last = netns::text_of(range.last());
}

void read_ipv6(JsonReader& in, model::NodeNetwork& network) {
  constexpr std::pair kBits{16, 96};
  const auto gateway = in.maybe_text("ipv6Gateway");
  if (in.any("ipv6Subnet") == nullptr) {
    if (gateway)
      in.complain("ipv6Gateway", inbox::quoted(*gateway) + " needs ipv6Subnet beside it");
    return;
  }
  const auto subnet = read_subnet(in, "ipv6Subnet", true, kBits,
                                  "an IPv6 subnet without host bits, with a prefix of 16 to 96, "
                                  "such as fd00:1::/64");
  if (!subnet || in.failed()) return;
  network.ipv6_subnet = netns::text_of(*subnet);
  if (gateway) read_ipv6_gateway(in, *gateway, *subnet, network);
  if (is_of_ipv6_alone(in) && !in.failed()) read_ipv6_range(in, *subnet, network);
}

void read_names(JsonReader& in, model::NodeNetwork& network) {
  network.dns_servers = in.texts("dnsServers");
  network.search_domains = in.texts("searchDomains");
  for (std::size_t at = 0; at < network.dns_servers.size(); ++at) {
    if (inbox::is_address(network.dns_servers[at])) continue;
    in.complain("dnsServers[" + std::to_string(at) + "]",
                inbox::quoted(network.dns_servers[at]) + " must be an address");
  }
  for (std::size_t at = 0; at < network.search_domains.size(); ++at) {
    if (inbox::is_host_name(network.search_domains[at])) continue;
    in.complain(
        "searchDomains[" + std::to_string(at) + "]",
        inbox::quoted(network.search_domains[at]) + " must be 1 to 64 letters, digits, '-' or '.'");
  }
}

}  // namespace

Result<model::NodeNetwork> read_network(std::string_view text) {
  BERTH_TRY(const Json json, parse_json(text, kMostFileBytes));
  if (!json.is_object()) return Error{Errc::Invalid, 0, "the file must hold one JSON object"};
  JsonReader in(json, "");
  model::NodeNetwork network;
  read_name(in, network);
  read_access(in, network.access);
  read_ipv4(in, network);
  read_ipv6(in, network);
  read_names(in, network);
  const std::vector<const Json*> groups = in.array("securityGroups");
  in.complain_of_unread(kMembers);
  if (const auto failed = in.failed()) return *failed;
  BERTH_TRY(network.groups, read_groups(groups));
  return network;
}

}  // namespace berth::networks
