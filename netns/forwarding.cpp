// forwarding.cpp - reads /proc/sys; writes nothing.
#include "netns/forwarding.hpp"

#include "netns/sysctl.hpp"

namespace berth::netns {

namespace {

constexpr char kDevicesV6[] = "net/ipv6/conf";

/// Adds the settings of IPv6, those of its devices first.
Result<> add_v6(const Dir& proc_sys, std::vector<Setting>& settings) {
  if (!proc_sys.exists(kForwardV6)) return ok();
  BERTH_TRY(const std::string forwards, read_sysctl(proc_sys, kForwardV6));
  if (forwards == "1") return ok();
  BERTH_TRY(const std::vector<std::string> devices, proc_sys.list(kDevicesV6));
  for (const std::string& device : devices) {
    if (device == "all" || device == "lo") continue;
    const std::string key = std::string(kDevicesV6) + "/" + device + "/accept_ra";
    const Result<std::string> accepts = read_sysctl(proc_sys, key);
    if (accepts.failed_with(Errc::NotFound)) continue;  // gone meanwhile
    if (!accepts) return accepts.error();
    if (*accepts == "1") settings.push_back({key, "2"});
  }
  settings.push_back({kForwardV6, "1"});
  return ok();
}

}  // namespace

Result<std::vector<Setting>> forwarding_settings(const Dir& proc_sys, bool with_v6) {
  std::vector<Setting> settings;
  BERTH_TRY(const std::string forwards, read_sysctl(proc_sys, kForwardV4));
  if (forwards != "1") settings.push_back({kForwardV4, "1"});
  if (with_v6) BERTH_CHECK(add_v6(proc_sys, settings));
  return settings;
}

std::optional<std::string> value_of_ours(const std::string& key) {
  if (key == kForwardV4 || key == kForwardV6 || key.ends_with("/proxy_ndp")) return "1";
  if (key.ends_with("/accept_ra")) return "2";
  if (key.ends_with("/proxy_delay")) return "0";
  return std::nullopt;
}

std::vector<std::string> moved_by_forwarding() {
  return {"net/ipv4/conf/all/accept_redirects"};
}

}  // namespace berth::netns
