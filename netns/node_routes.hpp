// node_routes.hpp - ways to the networks of other nodes.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "netns/netlink.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

struct NodeRoute {
  IpInterface to;  ///< a subnet of the other node
  IpAddress via;   ///< the other node, on a link of the host
  auto operator<=>(const NodeRoute&) const = default;
};

/// Ours are told from those of others by their protocol number. source: rtnetlink(7), rtm_protocol;
/// values above RTPROT_STATIC are free to use.
inline constexpr std::uint8_t kRouteProtocol = 190;

/// Makes these the host's routes of that protocol, and removes the others. One that cannot be made,
/// because its node is on no link of the host, does not keep the rest from being made.
/// again: yes. fails: with the first route's error: Exists where the host has a route of its own to
/// that subnet, which stays; Unavailable where the node is on no link.
Result<> sync_node_routes(Netlink& host, const std::vector<NodeRoute>& routes);

/// Those there are. fails: as Netlink.
Result<std::vector<NodeRoute>> list_node_routes(Netlink& host);

}  // namespace berth::netns
