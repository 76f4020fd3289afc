// peer.hpp - where a device of one namespace leads to, as the kernel knows it.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "netns/link.hpp"
#include "netns/namespace.hpp"

namespace berth::netns {

/// The other end, in `here`, of a veth that is in the namespace `inside`.
///
/// fails: Invalid (it is no veth, or its other end is in a third namespace; says which), NotFound.
Result<Link> peer_of(Netlink& here, const Namespace& inside, const Link& link);

/// Devices of a namespace by which packets may come in or leave it: all but loopback and those that
/// the kernel itself puts into each namespace, which lead nowhere until somebody sets them up.
Result<std::vector<Link>> doors_of(Netlink& inside);

}  // namespace berth::netns
