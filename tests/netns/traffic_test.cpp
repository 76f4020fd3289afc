// traffic_test.cpp - counters of a link's description.
#include "netns/traffic.hpp"

#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "tests/netns/recorded.hpp"

namespace berth::netns {
namespace {

Message answer_with(const void* counters, std::size_t size) {
  Request request(RTM_NEWLINK, 0, ifinfomsg{}, "");
  request.text(IFLA_IFNAME, "be0123456789ab").bytes(IFLA_STATS64, counters, size);
  return decode_messages(request.encoded(1, 0))->front();
}

TEST(TrafficIn, TakesWhatTheHostSendsForWhatTheNetworkReceives) {
  rtnl_link_stats64 host{};
  host.rx_packets = 1;
  host.tx_packets = 2;
  host.rx_bytes = 3;
  host.tx_bytes = std::uint64_t{5} << 32;
  host.rx_errors = 5;
  host.tx_errors = 6;
  host.rx_dropped = 7;
  host.tx_dropped = 8;

  const auto traffic = traffic_in(answer_with(&host, sizeof host));

  ASSERT_TRUE(traffic) << traffic.error();
  EXPECT_EQ(traffic->received, (Traffic::Way{std::uint64_t{5} << 32, 2, 6, 8}));
  EXPECT_EQ(traffic->sent, (Traffic::Way{3, 1, 5, 7}));
}

TEST(TrafficIn, ReadsOlderKernelsAndRefusesLess) {
  rtnl_link_stats64 host{};
  host.rx_bytes = 3;
  const std::size_t least = 8 * sizeof host.rx_bytes;

  EXPECT_EQ(traffic_in(answer_with(&host, least))->sent.bytes, 3U);
  EXPECT_TRUE(traffic_in(answer_with(&host, least - 8)).failed_with(Errc::Broken));
  const auto without = decode_messages(recorded("flows.hex"));
  EXPECT_TRUE(traffic_in(without->front()).failed_with(Errc::Broken));
}

}  // namespace
}  // namespace berth::netns
