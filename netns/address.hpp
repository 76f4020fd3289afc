// address.hpp - addresses, routes and neighbours of a device.
#pragma once

#include <linux/rtnetlink.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "netns/netlink.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// AF_INET or AF_INET6, for a message's header.
std::uint8_t family_of(const IpAddress& address);
/// As messages have them: 4 octets or 16. Refers to the address.
std::string_view octets_of(const IpAddress& address);
/// The other way round; nullopt for any other number of octets, and for none.
std::optional<IpAddress> address_in(std::optional<std::string_view> octets);

Request& put_address(Request& request, std::uint16_t attribute, const IpAddress& address);

/// Gives a device an address and the route to its subnet. IPv6 addresses are usable at once: the
/// kernel's duplicate detection would keep them tentative for 1.5 s.
/// again: yes; an address that is there is a success.
Request address_request(std::uint32_t link, const IpInterface& interface);

/// Takes an address from a device. again: yes.
Request address_removal(std::uint32_t link, const IpInterface& interface);

/// A way to a subnet; a prefix of 0 bits is the default route.
struct Route {
  IpInterface to = {};
  std::optional<IpAddress> via = {};  ///< nullopt: the subnet is on the link itself
  std::uint32_t link = 0;             ///< 0, to make it: the link that leads to `via`
  bool onlink = false;  ///< `via` is reached through `link` although no subnet says so
  std::uint8_t protocol = RTPROT_STATIC;  ///< who made it. source: rtnetlink(7), rtm_protocol
  std::optional<IpAddress> source = {};   ///< what who sends along it is known by, unless he says
};
/// again: yes; replaces a route to the same subnet.
Request route_request(const Route& route);
/// again: no. fails: Exists (a route to the same subnet, whoever made it).
Request new_route_request(const Route& route);
/// Of the same protocol and gateway. again: yes.
Request route_removal(const Route& route);

/// Says for good which hardware address an address has: nobody asks, and no answer changes it.
/// again: yes; replaces what was known.
Request neighbour_request(std::uint32_t link, const IpAddress& address, const MacAddress& mac);

/// The index of the device that leads to the rest of the world; 0 when there is none.
Result<std::uint32_t> uplink_of(Netlink& netlink, bool is_v6);

/// The index of the device whose link an address is on, one of others; 0 when it is the host's own
/// or reached through a gateway.
Result<std::uint32_t> link_of(Netlink& netlink, const IpAddress& address);

/// The host's address that packets to another are sent under; nullopt when there is no way there.
Result<std::optional<IpAddress>> source_towards(Netlink& netlink, const IpAddress& address);

/// fails: Invalid (the address is one of the host's own).
Result<> check_is_not_ours(Netlink& netlink, const IpAddress& address);

/// All addresses, those of one family, or those of one device.
Result<std::vector<IpInterface>> list_addresses(Netlink& netlink);
Result<std::vector<IpInterface>> list_addresses(Netlink& netlink, bool is_v6);
Result<std::vector<IpInterface>> list_addresses(Netlink& netlink, std::uint32_t link);
/// The unicast routes of the main table: all, or those through one device.
Result<std::vector<Route>> list_routes(Netlink& netlink);
Result<std::vector<Route>> list_routes(Netlink& netlink, std::uint32_t link);

}  // namespace berth::netns
