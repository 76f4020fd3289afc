// prepare_host.cpp - settings of the kernel, looked at each time: a look takes less than
// remembering would be worth.
#include "agent/steps/prepare_host.hpp"

#include <algorithm>

#include "base/crash_point.hpp"
#include "netns/drivers/lan_routed.hpp"
#include "netns/forwarding.hpp"
#include "netns/parent.hpp"
#include "netns/sysctl.hpp"

namespace berth::steps {

namespace {

using Networks = std::vector<plan::Network>;
using Settings = std::vector<netns::Setting>;

void add_new(Settings more, Settings& settings) {
  for (netns::Setting& setting : more) {
    if (std::find(settings.begin(), settings.end(), setting) == settings.end()) {
      settings.push_back(std::move(setting));
    }
  }
}

Result<> add_answering(const Dir& proc_sys, const netns::LanRouted& access, bool with_v6,
                       Settings& settings) {
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  BERTH_TRY(const netns::Link parent, netns::find_parent(*host, access.parent));
  BERTH_TRY(Settings answering, netns::answering_settings(proc_sys, parent.name, with_v6));
  add_new(std::move(answering), settings);
  return ok();
}

/// A gateway forwards by itself.
Result<Settings> missing_settings(const Networks& networks) {
  BERTH_TRY(const Dir proc_sys, Dir::open("/proc/sys"));
  Settings settings;
  for (const plan::Network& network : networks) {
    const auto* own = std::get_if<netns::OwnInterface>(&network.endpoint);
    // What CNI plugins need they see to.
    if (own == nullptr || netns::has_gateway(own->access) || network.attachment) continue;
    const bool with_v6 = own->ipv6.has_value();
    BERTH_TRY(Settings forwarding, netns::forwarding_settings(proc_sys, with_v6));
    add_new(std::move(forwarding), settings);
    if (const auto* lan = std::get_if<netns::LanRouted>(&own->access)) {
      BERTH_CHECK(add_answering(proc_sys, *lan, with_v6, settings));
    }
  }
  return settings;
}

Result<> set_all(const Tools& tools, const Settings& settings) {
  BERTH_TRY(const Dir proc_sys, Dir::open("/proc/sys"));
  BERTH_CHECK(tools.pins.make_directory());
  for (const netns::Setting& setting : settings) {
    if (setting.key == netns::kForwardV4) tools.firewall.claim_forwarding(false);
    if (setting.key == netns::kForwardV6) tools.firewall.claim_forwarding(true);
    BERTH_CHECK(netns::set_sysctl(proc_sys, setting.key, setting.value));
    BERTH_CRASH_POINT("sysctl.set");
  }
  return ok();
}

Async<> note_setting(Tools* tools, std::string key) {
  auto read = [key]() -> Result<std::string> {
    BERTH_TRY(const Dir proc_sys, Dir::open("/proc/sys"));
    return netns::read_sysctl(proc_sys, key);
  };
  BERTH_CO_TRY(std::string old_value, co_await tools->offload.run(std::move(read)));
  Result<> noted = co_await tools->note_host_change("sysctl", std::move(key), old_value);
  co_return noted;
}

}  // namespace

Async<> prepare_host(Tools& tools, Networks networks) {
  auto look = [networks = std::move(networks)] { return missing_settings(networks); };
  // One at a time: two tasks that come at once need it once.
  BERTH_CO_TRY(const Gate::Pass pass, co_await tools.host_network.enter());
  BERTH_CO_TRY(const Settings settings, co_await tools.offload.run(std::move(look)));
  if (settings.empty() && tools.pins.has_directory()) co_return ok();
  for (const netns::Setting& setting : settings) {
    BERTH_CO_CHECK(co_await note_setting(&tools, setting.key));
  }
  for (const std::string& key : netns::moved_by_forwarding()) {
    BERTH_CO_CHECK(co_await note_setting(&tools, key));
  }
  BERTH_CO_CHECK(co_await tools.note_host_change("nft-table", tools.firewall.name(), ""));
  auto work = [&tools, settings] { return set_all(tools, settings); };
  BERTH_CO_CHECK(co_await tools.offload.run(std::move(work)));
  co_return ok();
}

}  // namespace berth::steps
