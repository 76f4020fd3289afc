// traffic.cpp - IFLA_STATS64, with the two ways exchanged.
#include "netns/traffic.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace berth::netns {

Result<Traffic> traffic_in(const Message& answer) {
  const Attributes attributes = attributes_of(answer, sizeof(ifinfomsg));
  const auto bytes = attributes.find(IFLA_STATS64);
  rtnl_link_stats64 host{};
  // Newer kernels add counters behind those, older ones have fewer.
  constexpr std::size_t kNeeded = offsetof(rtnl_link_stats64, multicast);
  if (answer.type != RTM_NEWLINK || !bytes || bytes->size() < kNeeded) {
    return Error{Errc::Broken, 0, "the kernel's answer has no counters"};
  }
  std::memcpy(&host, bytes->data(), std::min(bytes->size(), sizeof host));
  Traffic traffic;
  traffic.received = {host.tx_bytes, host.tx_packets, host.tx_errors, host.tx_dropped};
  traffic.sent = {host.rx_bytes, host.rx_packets, host.rx_errors, host.rx_dropped};
  return traffic;
}

Result<Traffic> traffic_of(Netlink& netlink, const std::string& host_end) {
  const std::string doing = "read counters of " + host_end;
  Request question(RTM_GETLINK, 0, ifinfomsg{}, doing);
  question.text(IFLA_IFNAME, host_end);
  BERTH_TRY(const std::vector<Message> answers, netlink.ask(question));
  if (answers.empty()) return Error{Errc::Broken, 0, doing + ": no answer"};
  Result<Traffic> traffic = traffic_in(answers.front());
  if (!traffic) return std::move(traffic).error().while_doing(doing);
  return traffic;
}

}  // namespace berth::netns
