// node_network.hpp - a network of the node, as a file describes it.
#pragma once

#include <string>
#include <vector>

#include "agent/model/network.hpp"

namespace berth::model {

/// source: docs/formats/network.d.md. Checked when it was read: what is in it can be used as it is.
struct NodeNetwork {
  std::string name;          ///< "lan"
  EniAccess access;          ///< driver, parent and VLAN
  std::string subnet;        ///< "192.0.2.0/24", no host bits; "": tasks have IPv6 alone
  std::string first;         ///< of the addresses that tasks get; of IPv6 without a subnet
  std::string last;          ///< inclusive
  std::string gateway;       ///< of the subnet, not among those; "" without one
  std::string ipv6_subnet;   ///< "fd00:1::/64", no host bits; "" is none
  std::string ipv6_gateway;  ///< may be empty: routers announce it
  std::vector<std::string> dns_servers;
  std::vector<std::string> search_domains;
  std::vector<SecurityGroup> groups;  ///< without members
  bool operator==(const NodeNetwork&) const = default;
};

}  // namespace berth::model
