// veth_pair.hpp - a veth that is there when the call ends, whatever was there before.
#pragma once

#include <string>

#include "base/result.hpp"
#include "netns/link.hpp"
#include "netns/netlink.hpp"

namespace berth::netns {

/// Makes a pair and settles its end here as `outer` says, by whose alias it is known again.
///
/// again: yes; halves of an earlier life are removed first.
/// fails: Exists (a device of another owner has one of the names), Denied.
Result<> ensure_pair(Netlink& here, const VethPair& pair, const LinkChange& outer, Netlink& inside);

}  // namespace berth::netns
