// address.cpp - RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWNEIGH and their lists.
#include "netns/address.hpp"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace berth::netns {

std::uint8_t family_of(const IpAddress& address) {
  return address.is_v6 ? AF_INET6 : AF_INET;
}

std::string_view octets_of(const IpAddress& address) {
  return {reinterpret_cast<const char*>(address.octets.data()),
          address.is_v6 ? std::size_t{16} : std::size_t{4}};
}

std::optional<IpAddress> address_in(std::optional<std::string_view> octets) {
  if (!octets || (octets->size() != 4 && octets->size() != 16)) return std::nullopt;
  IpAddress address;
  address.is_v6 = octets->size() == 16;
  std::copy(octets->begin(), octets->end(), address.octets.begin());
  return address;
}

Request& put_address(Request& request, std::uint16_t attribute, const IpAddress& address) {
  const std::string_view octets = octets_of(address);
  return request.bytes(attribute, octets.data(), octets.size());
}

Request address_request(std::uint32_t link, const IpInterface& interface) {
  ifaddrmsg header{};
  header.ifa_family = family_of(interface.address);
  header.ifa_prefixlen = interface.prefix_bits;
  header.ifa_index = link;
  if (interface.address.is_v6) header.ifa_flags = IFA_F_NODAD;
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header,
                  "add address " + text_of(interface));
  put_address(request, IFA_LOCAL, interface.address);
  put_address(request, IFA_ADDRESS, interface.address);
  return request.forgive(EEXIST);
}

Request address_removal(std::uint32_t link, const IpInterface& interface) {
  ifaddrmsg header{};
  header.ifa_family = family_of(interface.address);
  header.ifa_prefixlen = interface.prefix_bits;
  header.ifa_index = link;
  Request request(RTM_DELADDR, 0, header, "remove address " + text_of(interface));
  return put_address(request, IFA_LOCAL, interface.address).forgive(EADDRNOTAVAIL);
}

namespace {

Request route_message(std::uint16_t type, std::uint16_t flags, const Route& route,
                      const std::string& verb) {
  rtmsg header{};
  header.rtm_family = family_of(route.to.address);
  header.rtm_dst_len = route.to.prefix_bits;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = route.protocol;
  header.rtm_scope = route.via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  header.rtm_type = RTN_UNICAST;
  if (route.onlink) header.rtm_flags = RTNH_F_ONLINK;
  std::string doing = verb + " route to " + text_of(route.to);
  if (route.via) doing += " via " + text_of(*route.via);
  Request request(type, flags, header, std::move(doing));
  if (route.to.prefix_bits > 0) put_address(request, RTA_DST, route.to.address);
  if (route.via) put_address(request, RTA_GATEWAY, *route.via);
  if (route.link != 0) request.number32(RTA_OIF, route.link);
  if (route.source) put_address(request, RTA_PREFSRC, *route.source);
  return request;
}

}  // namespace

Request route_request(const Route& route) {
  return route_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route, "add");
}

Request new_route_request(const Route& route) {
  return route_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, "add");
}

Request route_removal(const Route& route) {
  return route_message(RTM_DELROUTE, 0, route, "remove").forgive(ESRCH);
}

Request neighbour_request(std::uint32_t link, const IpAddress& address, const MacAddress& mac) {
  ndmsg header{};
  header.ndm_family = family_of(address);
  header.ndm_ifindex = static_cast<int>(link);
  header.ndm_state = NUD_PERMANENT;
  Request request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header,
                  "set neighbour " + text_of(address));
  put_address(request, NDA_DST, address);
  return request.bytes(NDA_LLADDR, mac.octets.data(), mac.octets.size());
}

namespace {

struct Way {
  std::uint32_t link = 0;  ///< 0: there is none, or it ends here
  bool by_gateway = false;
  bool is_here = false;
  std::optional<IpAddress> source = {};
};

/// The way that the kernel would take to an address.
Result<Way> way_to(Netlink& netlink, const IpAddress& address) {
  rtmsg header{};
  header.rtm_family = family_of(address);
  header.rtm_dst_len = address.is_v6 ? 128 : 32;
  Request question(RTM_GETROUTE, 0, header, "look up the way to " + text_of(address));
  const Result<std::vector<Message>> answers = netlink.ask(put_address(question, RTA_DST, address));
  if (!answers) {
    const int why = answers.error().os_errno;
    if (why == ENETUNREACH || why == EHOSTUNREACH || why == EAFNOSUPPORT || why == EOPNOTSUPP) {
      return Way{};
    }
    return answers.error();
  }
  for (const Message& answer : *answers) {
    const auto route = header_of<rtmsg>(answer);
    if (!route || answer.type != RTM_NEWROUTE) continue;
    const Attributes attributes = attributes_of(answer, sizeof *route);
    Way way;
    way.is_here = route->rtm_type == RTN_LOCAL;
    if (route->rtm_type != RTN_UNICAST) return way;
    way.link = attributes.number32(RTA_OIF).value_or(0);
    way.by_gateway = attributes.find(RTA_GATEWAY).has_value();
    way.source = address_in(attributes.find(RTA_PREFSRC));
    return way;
  }
  return Way{};
}

}  // namespace

Result<std::uint32_t> uplink_of(Netlink& netlink, bool is_v6) {
  // Documentation addresses: routed as the rest of the world is, and nobody's.
  BERTH_TRY(const IpAddress anywhere, parse_ip(is_v6 ? "2001:db8::1" : "192.0.2.1"));
  BERTH_TRY(const Way way, way_to(netlink, anywhere));
  return way.link;
}

Result<std::uint32_t> link_of(Netlink& netlink, const IpAddress& address) {
  BERTH_TRY(const Way way, way_to(netlink, address));
  return way.by_gateway ? 0 : way.link;
}

Result<std::optional<IpAddress>> source_towards(Netlink& netlink, const IpAddress& address) {
  BERTH_TRY(const Way way, way_to(netlink, address));
  return way.source;
}

Result<> check_is_not_ours(Netlink& netlink, const IpAddress& address) {
  BERTH_TRY(const Way way, way_to(netlink, address));
  if (!way.is_here) return ok();
  return Error{Errc::Invalid, 0, "address " + text_of(address) + " is the host's own"};
}

namespace {

/// Of one family and of one device; AF_UNSPEC and 0 are every one.
Result<std::vector<IpInterface>> addresses_of(Netlink& netlink, std::uint8_t family,
                                              std::uint32_t link) {
  ifaddrmsg which{};
  which.ifa_family = family;
  const Request question(RTM_GETADDR, NLM_F_DUMP, which, "list addresses");
  BERTH_TRY(const std::vector<Message> answers, netlink.ask(question));
  std::vector<IpInterface> addresses;
  for (const Message& answer : answers) {
    const auto header = header_of<ifaddrmsg>(answer);
    if (!header || answer.type != RTM_NEWADDR) continue;
    if (link != 0 && header->ifa_index != link) continue;
    const Attributes attributes = attributes_of(answer, sizeof *header);
    auto address = address_in(attributes.find(IFA_LOCAL));  // IPv6 has none: not point-to-point
    if (!address) address = address_in(attributes.find(IFA_ADDRESS));
    if (address) addresses.push_back({*address, header->ifa_prefixlen});
  }
  return addresses;
}

}  // namespace

Result<std::vector<IpInterface>> list_addresses(Netlink& netlink) {
  return addresses_of(netlink, AF_UNSPEC, 0);
}

Result<std::vector<IpInterface>> list_addresses(Netlink& netlink, bool is_v6) {
  return addresses_of(netlink, is_v6 ? AF_INET6 : AF_INET, 0);
}

Result<std::vector<IpInterface>> list_addresses(Netlink& netlink, std::uint32_t link) {
  return addresses_of(netlink, AF_UNSPEC, link);
}

Result<std::vector<Route>> list_routes(Netlink& netlink) {
  const Request question(RTM_GETROUTE, NLM_F_DUMP, rtmsg{}, "list routes");
  BERTH_TRY(const std::vector<Message> answers, netlink.ask(question));
  std::vector<Route> routes;
  for (const Message& answer : answers) {
    const auto header = header_of<rtmsg>(answer);
    if (!header || answer.type != RTM_NEWROUTE || header->rtm_table != RT_TABLE_MAIN ||
        header->rtm_type != RTN_UNICAST) {
      continue;
    }
    const Attributes attributes = attributes_of(answer, sizeof *header);
    Route route;
    route.link = attributes.number32(RTA_OIF).value_or(0);
    route.to.address = address_in(attributes.find(RTA_DST)).value_or(IpAddress{});
    route.to.address.is_v6 = header->rtm_family == AF_INET6;
    route.to.prefix_bits = header->rtm_dst_len;
    route.via = address_in(attributes.find(RTA_GATEWAY));
    route.onlink = (header->rtm_flags & RTNH_F_ONLINK) != 0;
    route.protocol = header->rtm_protocol;
    routes.push_back(route);
  }
  return routes;
}

Result<std::vector<Route>> list_routes(Netlink& netlink, std::uint32_t link) {
  BERTH_TRY(std::vector<Route> routes, list_routes(netlink));
  std::erase_if(routes, [link](const Route& route) { return route.link != link; });
  return routes;
}

}  // namespace berth::netns
