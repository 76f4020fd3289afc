// announce.hpp - tells a LAN which hardware address an address has from now on.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// Sends an announcement on a link of the calling thread's namespace, so that whoever knew the
/// address elsewhere sends to the right place at once. A link that carries nothing yet is a
/// success: there is nobody to tell. fails: Denied, Exhausted (descriptors).
Result<> announce(std::uint32_t link, const IpAddress& address, const MacAddress& mac);

}  // namespace berth::netns
