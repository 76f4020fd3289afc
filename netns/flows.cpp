// flows.cpp - one look through the kernel's table, then what is stale out of it.
#include "netns/flows.hpp"

#include <linux/netlink.h>

#include <algorithm>
#include <vector>

#include "base/crash_point.hpp"
#include "base/dir.hpp"
#include "netns/address.hpp"
#include "netns/netlink.hpp"
#include "netns/sysctl.hpp"

namespace berth::netns {

namespace {

constexpr std::size_t kBatch = 64;

/// False only where that is certain; without the file nothing is tracked at all.
bool tracks_any() {
  const Result<Dir> proc_sys = Dir::open("/proc/sys");
  if (!proc_sys) return true;
  const Result<std::string> count = read_sysctl(*proc_sys, "net/netfilter/nf_conntrack_count");
  if (!count) return !count.failed_with(Errc::NotFound);
  return *count != "0";
}

Result<std::set<IpAddress>> own_addresses() {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_netlink());
  BERTH_TRY(const std::vector<IpInterface> all, list_addresses(*host));
  std::set<IpAddress> addresses;
  for (const IpInterface& one : all) addresses.insert(one.address);
  return addresses;
}

}  // namespace

Result<std::size_t> forget_flows(StaleFlows stale) {
  if (stale.addresses.empty() && stale.ports.empty()) return std::size_t{0};
  if (!tracks_any()) return std::size_t{0};
  if (stale.host_addresses.empty() && !stale.ports.empty()) {
    BERTH_TRY(stale.host_addresses, own_addresses());
  }
  BERTH_TRY(NetlinkSocket conntrack, NetlinkSocket::open(NETLINK_NETFILTER));
  std::vector<Request> removals;
  BERTH_CHECK(conntrack.ask_each(flows_question(), [&](const Message& message) {
    const std::optional<Flow> flow = flow_in(message);
    if (flow && is_stale(*flow, stale)) removals.push_back(flow_removal(*flow));
  }));
  for (auto from = removals.begin(); from != removals.end();) {
    const auto left = static_cast<std::size_t>(removals.end() - from);
    const auto to = from + static_cast<std::ptrdiff_t>(std::min(kBatch, left));
    BERTH_CHECK(conntrack.change(std::vector<Request>(from, to)));
    from = to;
  }
  BERTH_CRASH_POINT("flows.forgotten");
  return removals.size();
}

}  // namespace berth::netns
