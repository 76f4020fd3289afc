// lan_device.hpp - the device by which a gateway is on the LAN: made for it, or one of the host's
// lent to it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "netns/link.hpp"
#include "netns/namespace.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// Its name inside the gateway.
inline constexpr const char* kLanDevice = "lan";

/// Puts the device that own.access asks for into the gateway, down, with the interface's MAC.
///
/// alias: whose it is; the host's device bears it, with its former name, as long as it is lent.
/// again: yes; one that is there stays.
/// fails: NotFound (no parent; no device with that MAC), Invalid (the parent does not carry such
///        devices; the kernel lacks the kind; the host needs the device itself), Exists (the VLAN
///        is somebody else's), Denied.
Result<Link> ensure_lan_device(Netlink& host, const std::string& alias, const OwnInterface& own,
                               Namespace& gateway);

/// Gives a lent device back to the namespace of the calling thread, down, under its former name if
/// that is free; removes a made one whose place others wait for. A macvlan ends with its namespace.
/// again: yes.
Result<> release_lan_device(Netlink& host, const std::string& alias, Namespace& gateway);

}  // namespace berth::netns
