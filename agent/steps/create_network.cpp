// create_network.cpp - the host's part once, the task's part each time.
#include "agent/steps/create_network.hpp"

#include <atomic>
#include <memory>

#include "agent/model/ids.hpp"
#include "agent/plan/network.hpp"
#include "agent/steps/attach_plugins.hpp"
#include "agent/steps/await_nic.hpp"
#include "agent/steps/forget_flows.hpp"
#include "agent/steps/let_through.hpp"
#include "agent/steps/open_ways.hpp"
#include "agent/steps/prepare_host.hpp"
#include "base/crash_point.hpp"
#include "firewall/redirection.hpp"
#include "netns/network.hpp"
#include "netns/resolver.hpp"

namespace berth::steps {

namespace {

using plan::Network;

Result<> write_files(const std::string& files_dir, const netns::Endpoint& endpoint,
                     const std::vector<netns::HostAlias>& aliases) {
  BERTH_TRY(const Dir etc, Dir::open("/etc"));
  BERTH_TRY(const Dir run, Dir::open("/run"));
  BERTH_TRY(netns::NameFiles files, netns::name_files(endpoint, aliases, etc, run));
  // Every container has all three mounted; what the mode does not want is an empty file.
  BERTH_TRY(const Dir into, Dir::open_or_make(files_dir));
  for (const char* name : {"resolv.conf", "hosts", "hostname"}) {
    if (!into.exists(name)) BERTH_CHECK(into.replace(name, ""));
  }
  BERTH_CRASH_POINT("files.made");
  return netns::write_name_files(into, files);
}

std::vector<ports::Wish> wishes_of(const model::Container& container) {
  std::vector<ports::Wish> wishes;
  for (const model::PortMapping& mapping : container.port_mappings) {
    const int count = mapping.last_container_port - mapping.container_port + 1;
    wishes.push_back({mapping.protocol, static_cast<std::uint16_t>(mapping.host_port),
                      static_cast<std::uint16_t>(count)});
  }
  return wishes;
}

/// Ports of the host for each mapping of the container.
Result<std::vector<model::PortBinding>> bind_ports(const Tools& tools, const std::string& owner,
                                                   const model::Container& container) {
  std::vector<model::PortBinding> bindings;
  if (container.port_mappings.empty()) return bindings;
  auto taken = tools.ports.take(owner, wishes_of(container));
  // source: reference networking, section 2: the incumbent's words for a port it cannot find.
  if (taken.failed_with(Errc::Exhausted)) {
    return std::move(taken).error().while_doing("error retrieving docker port map");
  }
  if (!taken) return std::move(taken).error();
  for (std::size_t at = 0; at < taken->size(); ++at) {
    const model::PortMapping& mapping = container.port_mappings[at];
    const int more = mapping.last_container_port - mapping.container_port;
    bindings.push_back({mapping.container_port, mapping.last_container_port, (*taken)[at],
                        (*taken)[at] + more, mapping.protocol});
  }
  return bindings;
}

Result<> lead_to_proxy(const Tools& tools, const model::Record& record, const Network& network) {
  const std::optional<firewall::Redirection> redirection = plan::redirection_for(record.task);
  if (!redirection) return ok();
  BERTH_TRY(const netns::Namespace inside, tools.pins.open(network.name));
  return netns::run_inside(inside.fd.get(),
                           [&redirection] { return firewall::redirect(*redirection); });
}

/// record: learns the addresses that plugins give. devices: what the firewall was told of is added.
Result<> make_network(Tools& tools, model::Record& record, const Network& network,
                      std::vector<firewall::Device>& devices) {
  netns::Endpoint shown = network.endpoint;
  if (network.attachment) {
    BERTH_TRY(shown, make_by_plugins(tools, record, network));
  }
  BERTH_CHECK(write_files(network.files_dir, shown, plan::aliases_for(record, network)));
  BERTH_CRASH_POINT("files.written");
  if (network.attachment) {
    devices.push_back(flows_of(tools, record, network));
    return lead_to_proxy(tools, record, network);
  }
  if (!std::holds_alternative<netns::OwnInterface>(network.endpoint)) return ok();
  netns::OwnInterface own = std::get<netns::OwnInterface>(network.endpoint);
  devices.push_back(flows_of(tools, record, network));
  if (netns::has_gateway(own.access)) {
    BERTH_CHECK(netns::create_namespaces(tools.pins, network.name));
  }
  BERTH_CHECK(let_through(tools, record, network));
  // Who else may have its address is asked next.
  own.is_announced = !netns::is_on_a_lan(own.access);
  BERTH_CHECK(netns::create_network(tools.pins, tools.driver, network.name, own));
  return lead_to_proxy(tools, record, network);
}

/// Set by a step that no longer waits: what has not been begun is not begun.
using GivenUp = std::shared_ptr<std::atomic<bool>>;

Result<engine::NetworkCreated> make_networks(Tools& tools, model::Record record,
                                             const std::vector<Network>& networks,
                                             const GivenUp& given_up) {
  const std::string task_id = model::task_id_of(record.task.arn);
  engine::NetworkCreated created;
  if (record.task.network_mode == model::NetworkMode::Bridge) {
    for (std::size_t at = 0; at < record.containers.size(); ++at) {
      const std::string owner = model::container_id_of(task_id, at);
      BERTH_TRY(record.containers[at].bindings,
                bind_ports(tools, owner, record.task.containers[at]));
      created.bindings.push_back(record.containers[at].bindings);
    }
    BERTH_CRASH_POINT("ports.taken");
  }
  std::vector<firewall::Device> devices;
  for (const Network& network : networks) {
    if (*given_up) return Error{Errc::Cancelled, 0, "nobody waits for the network any more"};
    BERTH_CHECK(make_network(tools, record, network, devices));
  }
  created.addresses = record.given_addresses;
  if (!devices.empty()) forget_flows_of(tools, devices);
  return created;
}

}  // namespace

Async<Sight> create_network(Tools& tools, RecordPtr record) {
  BERTH_CO_TRY(const std::vector<Network> networks, plan::networks_for(*record, tools.settings));
  BERTH_CO_CHECK(co_await await_nic(tools, record));
  const bool has_own = !plan::network_names_for(*record).empty();
  if (has_own) {
    tools.nftables.touch();
    BERTH_CO_CHECK(co_await prepare_host(tools, networks));
  }
  const auto given_up = std::make_shared<std::atomic<bool>>(false);
  auto work = [&tools, record, networks, given_up] {
    return make_networks(tools, *record, networks, given_up);
  };
  const bool is_of_plugins = record->placement.eni_access.is_of_plugins();
  const Deadline by = Deadline::after(is_of_plugins ? tools.limits.plugins : tools.limits.host);
  Result<engine::NetworkCreated> created = co_await tools.offload.run_until(std::move(work), by);
  if (!created) {
    given_up->store(true);
    co_return std::move(created).error();
  }
  if (has_own) {
    BERTH_CO_TRY(created->doubts, co_await open_ways(tools));
  }
  co_return Sight(std::move(*created));
}

}  // namespace berth::steps
