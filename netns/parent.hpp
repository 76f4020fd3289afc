// parent.hpp - the device of the host whose LAN an interface is to be on.
#pragma once

#include <string>

#include "base/dir.hpp"
#include "base/result.hpp"
#include "netns/link.hpp"
#include "netns/netlink.hpp"

namespace berth::netns {

/// parent: a device's name or MAC address; "" is the device of the default route.
/// fails: NotFound (no such device, no default route; says which).
Result<Link> find_parent(Netlink& host, const std::string& parent);

/// Whether packets for others' addresses arrive at the parent itself.
///
/// fails: Invalid (the loopback device, or a port of a bridge or bond), naming parent and cause.
Result<> check_forwards(Netlink& host, const Link& parent);

/// Whether devices of their own can stand on the parent.
///
/// devices: /sys/class/net.
/// fails:   as check_forwards(), and Invalid for a wireless device, whose access point takes frames
///          of one MAC address only.
Result<> check_carries(Netlink& host, const Link& parent, const Dir& devices);

/// fails: Invalid (the parent carries ipvlan, which takes all its packets). It looks at all devices
///        of the host, so a macvlan is better tried first.
Result<> check_has_no_ipvlan(Netlink& host, const Link& parent);

}  // namespace berth::netns
