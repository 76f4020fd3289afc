// lan_routed.cpp - the veth first, then the answers.
#include "netns/drivers/lan_routed.hpp"

#include <algorithm>

#include "base/crash_point.hpp"
#include "netns/address.hpp"
#include "netns/announce.hpp"
#include "netns/parent.hpp"
#include "netns/proxy.hpp"
#include "netns/sysctl.hpp"

namespace berth::netns {

namespace {

std::vector<IpAddress> addresses_of(const OwnInterface& own) {
  std::vector<IpAddress> addresses;
  for (const auto& one : {own.ipv4, own.ipv6}) {
    if (one) addresses.push_back(one->address);
  }
  return addresses;
}

/// The one that leads to a single address and not to a subnet.
const Route* way_to(const std::vector<Route>& ways, const IpAddress& address) {
  for (const Route& way : ways) {
    if (way.to == single(address)) return &way;
  }
  return nullptr;
}

}  // namespace

Result<std::vector<Setting>> answering_settings(const Dir& proc_sys, const std::string& parent,
                                                bool with_v6) {
  std::vector<Setting> wanted{{"net/ipv4/neigh/" + parent + "/proxy_delay", "0"}};
  if (with_v6) {
    wanted.push_back({"net/ipv6/neigh/" + parent + "/proxy_delay", "0"});
    wanted.push_back({"net/ipv6/conf/" + parent + "/proxy_ndp", "1"});
  }
  std::vector<Setting> missing;
  for (const Setting& setting : wanted) {
    const Result<std::string> is = read_sysctl(proc_sys, setting.key);
    if (is.failed_with(Errc::NotFound)) continue;  // a kernel without IPv6
    if (!is) return is.error();
    if (*is != setting.value) missing.push_back(setting);
  }
  return missing;
}

Result<> LanRoutedDriver::attach(const std::string& name, const OwnInterface& own,
                                 Namespace& into) const {
  BERTH_CHECK(check_interface(own));
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  BERTH_TRY(const Link parent, find_parent(*host, std::get<LanRouted>(own.access).parent));
  BERTH_CHECK(check_forwards(*host, parent));
  OuterEnd outer;
  if (own.ipv4) {
    BERTH_CHECK(check_is_not_ours(*host, own.ipv4->address));
    BERTH_TRY(outer.source, source_towards(*host, own.ipv4->address));
  }
  if (own.ipv6) BERTH_CHECK(check_is_not_ours(*host, own.ipv6->address));
  OwnInterface with_mtu = own;
  if (own.mtu == 0) with_mtu.mtu = parent.mtu;
  outer.is_led_to = own.is_announced;
  BERTH_CHECK(veth_.attach(name, with_mtu, into, outer));
  if (!own.is_announced) return ok();
  for (const IpAddress& address : addresses_of(own)) {
    BERTH_CHECK(host->change(proxy_request({parent.index, address})));
    BERTH_CRASH_POINT("lan.answered-for");
    BERTH_CHECK(announce(parent.index, address, parent.mac));
  }
  return ok();
}

Result<> LanRoutedDriver::drop(const std::string& name) const {
  BERTH_TRY(const std::vector<Answer> all, answers());
  for (const Answer& answer : all) {
    // One that leads nowhere is of a device that somebody deleted, maybe this one.
    if (answer.name == name || answer.name.empty()) BERTH_CHECK(stop_answering(answer.address));
  }
  return veth_.drop(name);
}

Result<> LanRoutedDriver::detach(const std::string& name) const {
  BERTH_CHECK(drop(name));
  return veth_.detach(name);
}

Result<std::vector<LanRoutedDriver::Answer>> LanRoutedDriver::answers() const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  // First these: a new one has its way before it is answered for.
  BERTH_TRY(const std::vector<Proxy> proxies, list_proxies(*host));
  std::vector<Answer> answers;
  if (proxies.empty()) return answers;
  BERTH_TRY(const std::vector<Route> ways, list_routes(*host));
  BERTH_TRY(const std::vector<Link> links, list_links(*host));
  const std::string start = owner_ + "--";
  for (const Proxy& proxy : proxies) {
    const Route* way = way_to(ways, proxy.address);
    const auto link = std::find_if(links.begin(), links.end(), [way](const Link& one) {
      return way != nullptr && one.index == way->link;
    });
    if (link == links.end()) {
      answers.push_back({proxy.address, ""});
    } else if (link->alias.starts_with(start)) {
      answers.push_back({proxy.address, link->alias.substr(start.size())});
    }
  }
  return answers;
}

Result<> LanRoutedDriver::stop_answering(const IpAddress& address) const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  BERTH_TRY(const std::vector<Proxy> proxies, list_proxies(*host));
  for (const Proxy& proxy : proxies) {
    if (proxy.address != address) continue;
    BERTH_CHECK(host->change(proxy_removal(proxy)));
    BERTH_CRASH_POINT("lan.answer-ended");
  }
  return ok();
}

}  // namespace berth::netns
