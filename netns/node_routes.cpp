// node_routes.cpp - a list wanted, a list found, and the difference.
#include "netns/node_routes.hpp"

#include <algorithm>

#include "netns/address.hpp"

namespace berth::netns {

namespace {

Route route_of(const NodeRoute& way) {
  return {.to = way.to, .via = way.via, .protocol = kRouteProtocol};
}

}  // namespace

Result<std::vector<NodeRoute>> list_node_routes(Netlink& host) {
  BERTH_TRY(const std::vector<Route> routes, list_routes(host));
  std::vector<NodeRoute> ways;
  for (const Route& route : routes) {
    if (route.protocol == kRouteProtocol && route.via) ways.push_back({route.to, *route.via});
  }
  return ways;
}

Result<> sync_node_routes(Netlink& host, const std::vector<NodeRoute>& routes) {
  std::vector<NodeRoute> wanted;
  for (const NodeRoute& route : routes) wanted.push_back({subnet_of(route.to), route.via});
  BERTH_TRY(const std::vector<NodeRoute> found, list_node_routes(host));
  for (const NodeRoute& route : found) {
    if (std::find(wanted.begin(), wanted.end(), route) != wanted.end()) continue;
    BERTH_CHECK(host.change(route_removal(route_of(route))));
  }
  Result<> outcome = ok();
  for (const NodeRoute& route : wanted) {
    if (std::find(found.begin(), found.end(), route) != found.end()) continue;
    Result<> made = host.change(new_route_request(route_of(route)));
    if (!made && outcome) outcome = std::move(made);
  }
  return outcome;
}

}  // namespace berth::netns
