// lan_filter.hpp - what the kernel passes on of a link's frames, so that others wake nobody.
#pragma once

#include <linux/filter.h>

#include <span>
#include <vector>

#include "netns/spec.hpp"

namespace berth::netns {

/// A program for a packet socket of ARP or of IPv6: passes what may be a claim of another than
/// `own` on one of the addresses, which are of one family. It looks at the last four octets of an
/// address only, and past some 1,900 addresses at none, so what passes has to be looked at.
///
/// hears_probes: also those who only ask.
std::vector<sock_filter> claims_filter(bool is_v6, const MacAddress& own,
                                       std::span<const IpAddress> addresses, bool hears_probes);

}  // namespace berth::netns
