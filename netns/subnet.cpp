// subnet.cpp - prefixes compared, routes listed.
#include "netns/subnet.hpp"

#include <algorithm>
#include <cstdio>

#include "netns/address.hpp"
#include "netns/drivers/veth.hpp"

namespace berth::netns {

bool do_overlap(const IpInterface& one, const IpInterface& other) {
  if (one.address.is_v6 != other.address.is_v6) return false;
  const std::uint8_t bits = std::min(one.prefix_bits, other.prefix_bits);
  return subnet_of({one.address, bits}) == subnet_of({other.address, bits});
}

Result<std::vector<IpInterface>> routed_subnets(Netlink& host) {
  constexpr std::uint8_t kSingle = 32;
  BERTH_TRY(const std::vector<Route> routes, list_routes(host));
  std::vector<IpInterface> subnets;
  for (const Route& route : routes) {
    const std::uint8_t bits = route.to.prefix_bits;
    if (!route.to.address.is_v6 && bits > 0 && bits < kSingle) subnets.push_back(route.to);
  }
  return subnets;
}

Result<IpInterface> free_subnet(const std::vector<IpInterface>& candidates,
                                const std::vector<IpInterface>& taken) {
  std::string tried;
  for (const IpInterface& candidate : candidates) {
    const auto collides = [&candidate](const IpInterface& subnet) {
      return do_overlap(candidate, subnet);
    };
    if (std::none_of(taken.begin(), taken.end(), collides)) return candidate;
    tried += (tried.empty() ? "" : ", ") + text_of(candidate);
  }
  return Error{Errc::Exhausted, 0, "the host has routes into each of " + tried};
}

std::string unique_local_prefix(const std::string& seed) {
  constexpr std::uint8_t kUniqueLocal = 0xfd;
  const auto octets = derived_mac(kUniqueLocal, seed).octets;
  char text[24] = "";
  std::snprintf(text, sizeof text, "%02x%02x:%02x%02x:%02x%02x:1", octets[0], octets[1], octets[2],
                octets[3], octets[4], octets[5]);
  return text;
}

}  // namespace berth::netns
