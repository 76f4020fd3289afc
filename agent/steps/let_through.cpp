// let_through.cpp - one device or two.
#include "agent/steps/let_through.hpp"

#include "agent/steps/host_end.hpp"

namespace berth::steps {

namespace {

firewall::Device inner_device(const Tools& tools, const model::Record& record,
                              const plan::Network& network) {
  return plan::device_for(record, network, netns::host_end_name(network.name), tools.settings);
}

/// The end of the gateway's second veth, which the host knows the network by.
firewall::Device leg_device(const plan::Network& network, const firewall::Device& inner) {
  firewall::Device leg;
  leg.name = inner.name;
  leg.mac = netns::text_of(netns::leg_mac(network.name));
  leg.addresses = inner.addresses;
  leg.leg = inner.leg;
  leg.is_known_outside = true;
  return leg;
}

Result<> expect_of_plugins(const Tools& tools, const model::Record& record,
                           const plan::Network& network) {
  BERTH_TRY(std::optional<firewall::Device> device, device_of_host_end(tools, record, network));
  if (device) tools.firewall.expect(std::move(*device));
  return ok();
}

bool has_gateway(const plan::Network& network) {
  return netns::has_gateway(std::get<netns::OwnInterface>(network.endpoint).access);
}

}  // namespace

Result<> let_through(Tools& tools, const model::Record& record, const plan::Network& network) {
  const firewall::Device inner = inner_device(tools, record, network);
  const std::vector<firewall::Group> groups = plan::groups_for(record.task);
  if (network.attachment) {
    BERTH_CHECK(tools.firewall.add(inner));
    BERTH_TRY(const auto of_plugins, device_of_host_end(tools, record, network));
    return of_plugins ? tools.firewall.add(*of_plugins, groups) : ok();
  }
  if (!has_gateway(network)) return tools.firewall.add(inner, groups);
  BERTH_CHECK(tools.gateways.add(tools.pins, network.name, tools.firewall.name(), inner, groups));
  return tools.firewall.add(leg_device(network, inner));
}

Result<> expect_through(Tools& tools, const model::Record& record, const plan::Network& network) {
  const firewall::Device inner = inner_device(tools, record, network);
  const std::vector<firewall::Group> groups = plan::groups_for(record.task);
  if (has_gateway(network)) {
    tools.gateways.expect(network.name, tools.firewall.name(), inner, groups);
    tools.firewall.expect(leg_device(network, inner));
    return ok();
  }
  tools.firewall.expect_groups(groups);
  tools.firewall.expect(inner);
  return expect_of_plugins(tools, record, network);
}

Result<> shut_out(Tools& tools, const std::string& network) {
  tools.gateways.forget(network);
  // Without its line in the book nobody knows of a device, and no plugin can be told to remove it.
  const Result<std::string> of_plugins = host_end_of_plugins(tools, network);
  if (of_plugins && !of_plugins->empty()) BERTH_CHECK(tools.firewall.remove(*of_plugins));
  return tools.firewall.remove(netns::host_end_name(network));
}

}  // namespace berth::steps
