// subnet.hpp - a subnet for the host's own use that collides with nothing it reaches.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "netns/netlink.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// True when an address can be in both. Of two families never.
bool do_overlap(const IpInterface& one, const IpInterface& other);

/// Subnets of IPv4 that the host has a route to, of every device: its own, Docker's, a VPN's. Not
/// the default route, and not single addresses.
Result<std::vector<IpInterface>> routed_subnets(Netlink& host);

/// The first of `candidates` that overlaps none of `taken`.
/// fails: Exhausted (names all of them).
Result<IpInterface> free_subnet(const std::vector<IpInterface>& candidates,
                                const std::vector<IpInterface>& taken);

/// A unique local IPv6 prefix of 64 bits, always the same for `seed`: "fd12:3456:789a:1".
/// source: RFC 4193.
std::string unique_local_prefix(const std::string& seed);

}  // namespace berth::netns
