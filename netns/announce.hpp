// announce.hpp - tells a LAN which hardware address an address has from now on.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// What says so to all on the link: an ARP announcement as a frame, or an unsolicited neighbour
/// advertisement as a message of ICMPv6. source: RFC 5227, section 3; RFC 4861,
/// sections 4.4, 7.2.6.
std::string announcement(const IpAddress& address, const MacAddress& mac);

/// Sends it on a link of the calling thread's namespace, so that whoever knew the address elsewhere
/// sends to the right place at once. A link that carries nothing yet is a success: there is nobody
/// to tell. fails: Denied, Exhausted (descriptors).
Result<> announce(std::uint32_t link, const IpAddress& address, const MacAddress& mac);

}  // namespace berth::netns
