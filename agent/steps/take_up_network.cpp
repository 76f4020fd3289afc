// take_up_network.cpp - ports and devices, from the record.
#include "agent/steps/take_up_network.hpp"

#include "agent/model/ids.hpp"
#include "agent/plan/network.hpp"
#include "agent/steps/forget_flows.hpp"
#include "agent/steps/let_through.hpp"
#include "base/log.hpp"
#include "netns/node_routes.hpp"

namespace berth::steps {

namespace {

void hold_ports(Tools& tools, const model::Record& record) {
  const std::string task_id = model::task_id_of(record.task.arn);
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    for (const model::PortBinding& binding : record.containers[at].bindings) {
      const ports::Range range{static_cast<std::uint16_t>(binding.host_port),
                               static_cast<std::uint16_t>(binding.last_host_port)};
      const auto lost =
          tools.ports.retake(model::container_id_of(task_id, at), binding.protocol, range);
      for (const std::string& port : lost) {
        log::warn("a published port was taken while berthd was away",
                  {{"task", record.task.arn}, {"what", port}});
      }
    }
  }
}

Result<std::vector<netns::NodeRoute>> routes_of(const model::ClusterNetwork& told) {
  std::vector<netns::NodeRoute> routes;
  for (std::size_t at = 0; at < told.routes.size(); ++at) {
    const std::string where = "routes[" + std::to_string(at) + "]";
    Result<netns::IpInterface> to = netns::parse_ip_interface(told.routes[at].destination);
    if (!to) return std::move(to).error().while_doing(where + ".destination");
    if (to->prefix_bits == 0) {
      return Error{
          Errc::Invalid, 0,
          where + ".destination \"" + told.routes[at].destination + "\": must not be everything"};
    }
    Result<netns::IpAddress> via = netns::parse_ip(told.routes[at].via);
    if (!via) return std::move(via).error().while_doing(where + ".via");
    routes.push_back({*to, *via});
  }
  return routes;
}

}  // namespace

Result<> take_up_network(Tools& tools, const model::Record& record) {
  hold_ports(tools, record);
  const auto networks = plan::networks_for(record, tools.settings);
  if (!networks) return ok();  // it could not have been made
  for (const plan::Network& network : *networks) {
    if (!std::holds_alternative<netns::OwnInterface>(network.endpoint)) continue;
    BERTH_CHECK(expect_through(tools, record, network));
  }
  return ok();
}

Result<> follow_network(Tools& tools, const model::ClusterNetwork& told) {
  std::vector<firewall::Group> groups;
  for (const model::SecurityGroup& group : told.groups) groups.push_back(plan::group_of(group));
  std::vector<std::string> blocks;
  const Result<std::vector<netns::NodeRoute>> routes = routes_of(told);
  if (routes) {
    for (const netns::NodeRoute& route : *routes) blocks.push_back(netns::text_of(route.to));
  }
  Result<> followed = tools.firewall.follow(groups, std::move(blocks));
  Result<> inside = tools.gateways.follow(tools.pins, groups);
  if (followed) followed = std::move(inside);
  forget_stray_flows(tools);
  if (!routes) return routes.error();
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  Result<> routed = netns::sync_node_routes(*host, *routes);
  return followed ? routed : followed;
}

}  // namespace berth::steps
