// forget_flows.cpp - devices of the firewall as flows that are stale.
#include "agent/steps/forget_flows.hpp"

#include <netinet/in.h>

#include "base/log.hpp"
#include "netns/flows.hpp"

namespace berth::steps {

namespace {

/// A new connection by TCP is looked at anew by itself.
void add_ports(const firewall::Device& device, netns::StaleFlows& stale) {
  for (const firewall::PublishedPort& port : device.published) {
    if (port.protocol != "udp") continue;
    for (const std::string& text : device.addresses) {
      const Result<netns::IpAddress> address = netns::parse_ip(text);
      if (!address) continue;
      stale.ports[{IPPROTO_UDP, port.host_port}].insert({*address, port.port});
    }
  }
}

void forget(const Tools& tools, netns::StaleFlows stale) {
  for (const std::string& text : tools.settings.publish_addresses) {
    const Result<netns::IpAddress> address = netns::parse_ip(text);
    if (address) stale.host_addresses.insert(*address);
  }
  const Result<std::size_t> forgotten = netns::forget_flows(std::move(stale));
  if (!forgotten) {
    log::warn("flows from before a network was changed may go on as they were",
              {{"error", forgotten.error().text()}});
  } else if (*forgotten > 0) {
    log::debug("flows from before a network was changed were forgotten", {{"count", *forgotten}});
  }
}

}  // namespace

firewall::Device flows_of(const Tools& tools, const model::Record& record,
                          const plan::Network& network) {
  firewall::Device device =
      plan::device_for(record, network, netns::host_end_name(network.name), tools.settings);
  device.addresses.insert(device.addresses.end(), record.given_addresses.begin(),
                          record.given_addresses.end());
  return device;
}

void forget_flows_of(Tools& tools, const std::vector<firewall::Device>& devices) {
  netns::StaleFlows stale;
  for (const firewall::Device& device : devices) {
    for (const std::string& text : device.addresses) {
      const Result<netns::IpAddress> address = netns::parse_ip(text);
      if (address) stale.addresses.insert(*address);
    }
    const Result<netns::IpAddress> leg = netns::parse_ip(device.leg);
    if (leg) stale.addresses.insert(*leg);
    add_ports(device, stale);
  }
  forget(tools, std::move(stale));
}

void forget_stray_flows(Tools& tools) {
  netns::StaleFlows stale;
  for (const firewall::Device& device : tools.firewall.devices()) add_ports(device, stale);
  forget(tools, std::move(stale));
}

}  // namespace berth::steps
