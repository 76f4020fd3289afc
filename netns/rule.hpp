// rule.hpp - which routes a packet meets first.
#pragma once

#include "base/result.hpp"
#include "netns/netlink.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// Has packets for an IPv4 address follow the routes of the main table before the namespace's own
/// addresses are looked at: an address that one of its devices has can then be led on to another
/// namespace, while the device asks for its neighbours, and answers them, under it.
///
/// again: yes.
/// fails: Invalid (a kernel without CONFIG_IP_MULTIPLE_TABLES).
/// source: ip-rule(8); the rule for the namespace's own addresses is the first by itself.
Result<> lead_on(Netlink& netlink, const IpAddress& address);

}  // namespace berth::netns
