// create_network.cpp - the host's part once, the task's part each time.
#include "agent/steps/create_network.hpp"

#include <array>

#include "agent/model/ids.hpp"
#include "agent/plan/network.hpp"
#include "base/crash_point.hpp"
#include "firewall/table.hpp"
#include "netns/network.hpp"
#include "netns/resolver.hpp"
#include "netns/sysctl.hpp"

namespace berth::steps {

namespace {

// What ip_forward moves by itself when it changes, either way: forwarding hosts do not accept
// redirects, others do. source: Linux, Documentation/networking/ip-sysctl.rst, "ip_forward".
constexpr std::array kForwardingSettings{"net/ipv4/ip_forward",
                                         "net/ipv4/conf/all/accept_redirects"};

std::vector<netns::HostAlias> aliases_of(const model::Task& task) {
  std::vector<netns::HostAlias> aliases;
  for (const model::Container& container : task.containers) {
    for (const std::string& entry : container.extra_hosts) {
      const std::size_t colon = entry.find(':');
      if (colon == std::string::npos) continue;
      aliases.push_back({entry.substr(colon + 1), entry.substr(0, colon)});
    }
  }
  return aliases;
}

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

/// Bridge, forwarding and translation for one subnet, unless all is there.
Result<> prepare_host(const Tools& tools, const std::string& subnet) {
  BERTH_TRY(const Dir proc_sys, Dir::open("/proc/sys"));
  BERTH_CHECK(tools.pins.make_directory());
  BERTH_CHECK(tools.bridge.ensure_host(proc_sys));
  return firewall::apply({tools.firewall_table, tools.bridge_name, {subnet}});
}

Async<> note_host_changes(Tools& tools) {
  auto look = [&tools] { return tools.bridge.is_there(); };
  BERTH_CO_TRY(const bool was_there, co_await tools.offload.run(look));
  // What somebody else made is not ours to remove.
  if (!was_there) BERTH_CO_CHECK(co_await tools.note_host_change("bridge", tools.bridge_name, ""));
  BERTH_CO_CHECK(co_await tools.note_host_change("nft-table", tools.firewall_table, ""));
  for (const char* setting : kForwardingSettings) {
    auto read = [setting] {
      Result<Dir> proc_sys = Dir::open("/proc/sys");
      return proc_sys ? netns::read_sysctl(*proc_sys, setting)
                      : Result<std::string>(std::move(proc_sys).error());
    };
    BERTH_CO_TRY(std::string old_value, co_await tools.offload.run(read));
    BERTH_CO_CHECK(co_await tools.note_host_change("sysctl", setting, old_value));
  }
  co_return ok();
}

Result<bool> is_prepared(const Tools& tools, const std::string& subnet) {
  if (!tools.prepared_subnets.contains(subnet) || !tools.pins.has_directory()) return false;
  BERTH_TRY(const bool has_table, firewall::exists(tools.firewall_table));
  if (!has_table) return false;
  return tools.bridge.is_there();
}

/// The host is prepared once for each subnet, and again when somebody flushed the firewall, removed
/// the bridge, or, another agent's purge, the directory of network namespaces.
Async<> ensure_host(Tools& tools, std::string subnet) {
  BERTH_CO_TRY(const bool was_prepared, is_prepared(tools, subnet));
  if (was_prepared) co_return ok();
  // One at a time: libnftables allows no second call, and two tasks of one subnet need it once.
  BERTH_CO_TRY(const Gate::Pass pass, co_await tools.host_network.enter());
  BERTH_CO_TRY(const bool is_ready, is_prepared(tools, subnet));
  if (is_ready) co_return ok();
  BERTH_CO_CHECK(co_await note_host_changes(tools));
  auto work = [&tools, subnet] { return prepare_host(tools, subnet); };
  BERTH_CO_CHECK(co_await tools.offload.run(std::move(work)));
  tools.prepared_subnets.insert(subnet);
  co_return ok();
}

}  // namespace

Async<Sight> create_network(Tools& tools, RecordPtr record) {
  BERTH_CO_TRY(netns::Endpoint endpoint, plan::endpoint_for(record->task));
  const auto* own = std::get_if<netns::OwnInterface>(&endpoint);
  if (own != nullptr) {
    std::string subnet = netns::text_of(netns::subnet_of(own->address));
    BERTH_CO_CHECK(co_await ensure_host(tools, std::move(subnet)));
  }
  auto work = [&tools, record, endpoint]() -> Result<> {
    BERTH_CHECK(write_files(record->placement.files_dir, endpoint, aliases_of(record->task)));
    BERTH_CRASH_POINT("files.written");
    if (!std::holds_alternative<netns::OwnInterface>(endpoint)) return ok();
    BERTH_CHECK(netns::create_network(tools.pins, tools.bridge, model::task_id_of(record->task.arn),
                                      endpoint));
    return ok();
  };
  const Deadline by = Deadline::after(tools.limits.host);
  BERTH_CO_CHECK(co_await tools.offload.run_until(std::move(work), by));
  co_return Sight(engine::NetworkCreated{});
}

}  // namespace berth::steps
