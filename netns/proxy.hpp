// proxy.hpp - answers for addresses of others on a link: proxies of ARP and NDP.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "netns/netlink.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// An address that is answered for on a link, while packets for it leave by another.
struct Proxy {
  std::uint32_t link = 0;
  IpAddress address;
  auto operator<=>(const Proxy&) const = default;
};

/// IPv6 is answered for only where net/ipv6/conf/<link>/proxy_ndp says so, both families only where
/// packets are forwarded. Ours are marked with kRouteProtocol. again: yes.
Request proxy_request(const Proxy& proxy);
/// again: yes.
Request proxy_removal(const Proxy& proxy);

/// Ours.
Result<std::vector<Proxy>> list_proxies(Netlink& netlink);

}  // namespace berth::netns
