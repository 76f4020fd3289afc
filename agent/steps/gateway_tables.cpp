// gateway_tables.cpp - each call in a thread that has entered the gateway.
#include "agent/steps/gateway_tables.hpp"

#include "netns/spec.hpp"

namespace berth::steps {

std::shared_ptr<firewall::Table> GatewayTables::table_of(const std::string& network,
                                                         const std::string& table,
                                                         const firewall::Device& device) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[network];
  if (!entry.table) {
    entry.table =
        std::make_shared<firewall::Table>(firewall::Ruleset{.table = table, .is_of_gateway = true});
  }
  entry.has_groups = device.groups.has_value();
  return entry.table;
}

Result<> GatewayTables::add(const netns::Pins& pins, const std::string& network,
                            const std::string& table, firewall::Device device,
                            const std::vector<firewall::Group>& groups) {
  const std::shared_ptr<firewall::Table> rules = table_of(network, table, device);
  BERTH_TRY(const netns::Namespace gateway, pins.create(netns::gateway_name(network)));
  return netns::run_inside(gateway.fd.get(), [&] { return rules->add(std::move(device), groups); });
}

void GatewayTables::expect(const std::string& network, const std::string& table,
                           firewall::Device device, const std::vector<firewall::Group>& groups) {
  const std::shared_ptr<firewall::Table> rules = table_of(network, table, device);
  rules->expect_groups(groups);
  rules->expect(std::move(device));
}

void GatewayTables::forget(const std::string& network) {
  const std::lock_guard lock(mutex_);
  entries_.erase(network);
}

Result<> GatewayTables::follow(const netns::Pins& pins,
                               const std::vector<firewall::Group>& groups) {
  std::map<std::string, Entry> entries;
  {
    const std::lock_guard lock(mutex_);
    entries = entries_;
  }
  Result<> outcome = ok();
  for (const auto& [network, entry] : entries) {
    if (!entry.has_groups) continue;
    const Result<netns::Namespace> gateway = pins.open(netns::gateway_name(network));
    if (gateway.failed_with(Errc::NotFound)) continue;  // it goes just now
    Result<> followed =
        gateway ? netns::run_inside(gateway->fd.get(),
                                    [&, table = entry.table] { return table->follow(groups, {}); })
                : Result<>(gateway.error());
    if (!followed && outcome) outcome = std::move(followed).error().while_doing(network);
  }
  return outcome;
}

}  // namespace berth::steps
