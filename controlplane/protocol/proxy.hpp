// proxy.hpp - what proxyConfiguration of type APPMESH says, read from its texts; pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::protocol {

/// source: ECS, ProxyConfiguration.properties. An absent property and an empty one are the same.
struct ProxyProperties {
  std::optional<std::uint32_t> ignored_uid;  ///< "IgnoredUID"; one of the two at least is there
  std::optional<std::uint32_t> ignored_gid;  ///< "IgnoredGID"
  std::uint16_t ingress_port = 0;        ///< "ProxyIngressPort"; 0, none, exactly without app_ports
  std::uint16_t egress_port = 0;         ///< "ProxyEgressPort"; required
  std::vector<std::uint16_t> app_ports;  ///< "AppPorts"
  std::vector<std::uint16_t> egress_ignored_ports;  ///< "EgressIgnoredPorts"
  std::vector<std::string> egress_ignored_ips;      ///< "EgressIgnoredIPs": addresses and blocks
  std::vector<std::string> cut_short;               ///< lists of more ports than are acted on: 15
  bool operator==(const ProxyProperties&) const = default;
};

/// fails: Invalid, `proxyConfiguration.properties.AppPorts "80,x": must be ...`.
Result<ProxyProperties> proxy_properties(const std::map<std::string, std::string>& given);

}  // namespace berth::protocol
