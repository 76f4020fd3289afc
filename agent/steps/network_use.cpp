// network_use.cpp - the counters of one device for each network.
#include "agent/steps/network_use.hpp"

#include "agent/plan/network.hpp"
#include "agent/steps/host_end.hpp"
#include "netns/traffic.hpp"

namespace berth::steps {

namespace {

Result<netns::Traffic> traffic_in_gateway(const Tools& tools, const std::string& network) {
  BERTH_TRY(const netns::Namespace gateway, tools.pins.open(netns::gateway_name(network)));
  return netns::traffic_of(*gateway.netlink, netns::host_end_name(network));
}

Result<std::string> host_device(const Tools& tools, const model::Record& record,
                                const std::string& network) {
  if (!record.placement.eni_access.is_of_plugins()) return netns::host_end_name(network);
  BERTH_TRY(std::string device, host_end_of_plugins(tools, network));
  if (device.empty()) return Error{Errc::NotFound, 0, network + " has no device on the host"};
  return device;
}

void add(const netns::Traffic& traffic, model::NetworkUse& use) {
  use.rx_bytes += traffic.received.bytes;
  use.rx_packets += traffic.received.packets;
  use.rx_errors += traffic.received.errors;
  use.rx_dropped += traffic.received.dropped;
  use.tx_bytes += traffic.sent.bytes;
  use.tx_packets += traffic.sent.packets;
  use.tx_errors += traffic.sent.errors;
  use.tx_dropped += traffic.sent.dropped;
}

}  // namespace

bool has_networks(const model::Record& record) {
  const bool is_over = record.released || record.known == model::TaskStatus::Stopped;
  return record.network_ready && !is_over && !plan::network_names_for(record).empty();
}

Result<model::NetworkUse> network_use(const Tools& tools, const model::Record& record) {
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  model::NetworkUse use;
  for (const std::string& network : plan::network_names_for(record)) {
    if (record.placement.eni_access.has_gateway()) {
      BERTH_TRY(const netns::Traffic inside, traffic_in_gateway(tools, network));
      add(inside, use);
      continue;
    }
    BERTH_TRY(const std::string device, host_device(tools, record, network));
    BERTH_TRY(const netns::Traffic traffic, netns::traffic_of(*host, device));
    add(traffic, use);
  }
  return use;
}

}  // namespace berth::steps
