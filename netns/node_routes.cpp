// node_routes.cpp - a list wanted, a list found, and the difference.
#include "netns/node_routes.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace berth::netns {

namespace {

std::uint8_t address_family(const IpAddress& address) {
  return address.is_v6 ? AF_INET6 : AF_INET;
}

Request route_message(std::uint16_t type, std::uint16_t flags, const NodeRoute& route,
                      const std::string& doing) {
  rtmsg header{};
  header.rtm_family = address_family(route.to.address);
  header.rtm_dst_len = route.to.prefix_bits;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = kRouteProtocol;
  header.rtm_scope = type == RTM_DELROUTE ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  Request request(type, flags, header, doing + " route to " + text_of(route.to));
  const std::size_t size = route.to.address.is_v6 ? 16 : 4;
  request.bytes(RTA_DST, route.to.address.octets.data(), size);
  return request.bytes(RTA_GATEWAY, route.via.octets.data(), size);
}

IpAddress address_in(std::string_view bytes, bool is_v6) {
  IpAddress address;
  address.is_v6 = is_v6;
  std::copy_n(bytes.begin(), std::min(bytes.size(), address.octets.size()), address.octets.begin());
  return address;
}

/// The way as it was told, its subnet's host bits zero.
NodeRoute canonical(const NodeRoute& route) {
  return {subnet_of(route.to), route.via};
}

}  // namespace

Result<std::vector<NodeRoute>> list_node_routes(Netlink& host) {
  const Request question(RTM_GETROUTE, NLM_F_DUMP, rtmsg{}, "list routes");
  BERTH_TRY(const std::vector<Message> answers, host.ask(question));
  std::vector<NodeRoute> routes;
  for (const Message& answer : answers) {
    const auto header = header_of<rtmsg>(answer);
    if (!header || answer.type != RTM_NEWROUTE || header->rtm_protocol != kRouteProtocol) continue;
    const Attributes attributes = attributes_of(answer, sizeof *header);
    const auto to = attributes.find(RTA_DST);
    const auto via = attributes.find(RTA_GATEWAY);
    if (!to || !via) continue;
    const bool is_v6 = header->rtm_family == AF_INET6;
    routes.push_back({{address_in(*to, is_v6), header->rtm_dst_len}, address_in(*via, is_v6)});
  }
  return routes;
}

Result<> sync_node_routes(Netlink& host, const std::vector<NodeRoute>& routes) {
  std::vector<NodeRoute> wanted;
  for (const NodeRoute& route : routes) wanted.push_back(canonical(route));
  BERTH_TRY(const std::vector<NodeRoute> found, list_node_routes(host));
  for (const NodeRoute& route : found) {
    if (std::find(wanted.begin(), wanted.end(), route) != wanted.end()) continue;
    Request removal = route_message(RTM_DELROUTE, 0, route, "remove");
    BERTH_CHECK(host.change(removal.forgive(ESRCH)));
  }
  Result<> outcome = ok();
  for (const NodeRoute& route : wanted) {
    if (std::find(found.begin(), found.end(), route) != found.end()) continue;
    Result<> made =
        host.change(route_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, "add"));
    if (!made && outcome) outcome = std::move(made);
  }
  return outcome;
}

}  // namespace berth::netns
