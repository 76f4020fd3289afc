// lan_test.cpp - a task on a LAN is a machine of it, by each driver.
#include <gmock/gmock.h>

#include "firewall/ruleset.hpp"
#include "netns/address.hpp"
#include "netns/link.hpp"
#include "tests/node/network/lan.hpp"

namespace berth::netns {
namespace {

using Cables = std::tuple<Way, std::string>;

class OnTheLan : public LanTest, public ::testing::WithParamInterface<Cables> {
 protected:
  void SetUp() override { set_up(std::get<Way>(GetParam()), std::get<std::string>(GetParam())); }
};

INSTANTIATE_TEST_SUITE_P(By, OnTheLan,
                         ::testing::Combine(::testing::Values(Way::LanRouted, Way::Macvlan,
                                                              Way::Nic, Way::Vlan),
                                            ::testing::Values("0", "1")),
                         [](const auto& param) {
                           const std::string nf =
                               std::get<std::string>(param.param) == "1" ? "BridgeNf" : "";
                           return name_of(std::get<Way>(param.param)) + nf;
                         });

TEST_P(OnTheLan, ReachesAPeerUnderItsOwnAddress) {
  const Task task = start(31);
  const UniqueFd listener = listen_in(peer());

  inside(task.space, [] { EXPECT_TRUE(connects_to("10.77.0.20")); });
  EXPECT_EQ(accept_from(listener), "10.77.0.31");
  inside(task.space, [] { EXPECT_TRUE(connects_to("2001:db8:7::20")); });
  EXPECT_EQ(accept_from(listener), "2001:db8:7::31");
}

TEST_P(OnTheLan, IsReachedByAPeer) {
  const Task task = start(31);
  const UniqueFd listener = listen_in(task.space);

  inside(peer(), [] { EXPECT_TRUE(connects_to("10.77.0.31")); });
  EXPECT_EQ(accept_from(listener), "10.77.0.20");
  inside(peer(), [] { EXPECT_TRUE(connects_to("2001:db8:7::31")); });
  EXPECT_EQ(accept_from(listener), "2001:db8:7::20");
}

TEST_P(OnTheLan, SpeaksUdpAndIcmp) {
  const Task task = start(31);

  inside(task.space, [&] {
    for (const char* address : {"10.77.0.20", "2001:db8:7::20"}) {
      EXPECT_TRUE(pings(address));
      EXPECT_TRUE(is_answered_by_udp(peer(), address));
    }
  });
  inside(peer(), [&] {
    for (const char* address : {"10.77.0.31", "2001:db8:7::31"}) {
      EXPECT_TRUE(pings(address));
      EXPECT_TRUE(is_answered_by_udp(task.space, address));
    }
  });
}

TEST_P(OnTheLan, LeavesByTheRouterOfTheLan) {
  const Task task = start(31);
  const UniqueFd listener = listen_in(router());

  inside(task.space, [] { EXPECT_TRUE(connects_to("203.0.113.9")); });
  EXPECT_EQ(accept_from(listener), "10.77.0.31");
  inside(task.space, [] { EXPECT_TRUE(connects_to("2001:db8:9::9")); });
  EXPECT_EQ(accept_from(listener), "2001:db8:7::31");
  inside(task.space, [] { EXPECT_TRUE(connects_to("10.77.0.1")); });
}

TEST_P(OnTheLan, MeetsItsOwnHost) {
  const Task task = start(31);
  const UniqueFd in_task = listen_in(task.space);
  const UniqueFd on_host = listen_here();

  EXPECT_TRUE(connects_to("10.77.0.31"));
  EXPECT_EQ(accept_from(in_task), "10.77.0.10");
  EXPECT_TRUE(connects_to("2001:db8:7::31"));
  EXPECT_EQ(accept_from(in_task), "2001:db8:7::10");
  inside(task.space, [] { EXPECT_TRUE(connects_to("10.77.0.10")); });
  EXPECT_EQ(accept_from(on_host), "10.77.0.31");
  inside(task.space, [] { EXPECT_TRUE(connects_to("2001:db8:7::10")); });
  EXPECT_EQ(accept_from(on_host), "2001:db8:7::31");
}

TEST_P(OnTheLan, MeetsAnotherTaskOfItsHost) {
  if (way == Way::Vlan) return;  // a VLAN has one device
  const Task one = start(31);
  const Task other = start(32);
  const UniqueFd listener = listen_in(other.space);

  inside(one.space, [] { EXPECT_TRUE(connects_to("10.77.0.32")); });
  EXPECT_EQ(accept_from(listener), "10.77.0.31");
  inside(one.space, [] { EXPECT_TRUE(connects_to("2001:db8:7::32")); });
  EXPECT_EQ(accept_from(listener), "2001:db8:7::31");
}

TEST_P(OnTheLan, ReachesTheEndpointAndNobodyElseDoes) {
  auto host = NetlinkSocket::open();
  ASSERT_TRUE(host->change(
      address_request(find_link(*host, "lo")->index, *parse_ip_interface("169.254.170.2/32"))));
  const firewall::Group closed{.id = "sg-closed"};
  const Task task =
      start(31, [](firewall::Device& device) { device.groups = {"sg-closed"}; }, {closed});
  const UniqueFd endpoint = listen_here(firewall::kEndpointPort);

  inside(task.space, [] { EXPECT_TRUE(connects_to("169.254.170.2", 80)); });
  EXPECT_EQ(accept_from(endpoint), "10.77.0.31");
  const Route by_task{.to = *parse_ip_interface("169.254.170.2/32"),
                      .via = *parse_ip("10.77.0.31"),
                      .link = find_link(*peer().netlink, way == Way::Vlan ? "lan" : "eth0")->index};
  ASSERT_TRUE(peer().netlink->change(route_request(by_task)));
  inside(peer(), [] { EXPECT_TRUE(is_shut_out_from("169.254.170.2", 80)); });
}

TEST_P(OnTheLan, OfIpv6AloneReachesTheEndpointByItsLeg) {
  auto host = NetlinkSocket::open();
  ASSERT_TRUE(host->change(
      address_request(find_link(*host, "lo")->index, *parse_ip_interface("169.254.170.2/32"))));
  OwnInterface own = interface_of(31);
  own.ipv4.reset();
  own.ipv4_gateway.reset();
  own.leg = Leg{*parse_ip("169.254.172.7"), *parse_ip("169.254.172.1"), *parse_ip("169.254.170.2")};
  const Task task =
      start_as(own, 31, [](firewall::Device& device) { device.leg = "169.254.172.7"; }, {});
  const UniqueFd endpoint = listen_here(firewall::kEndpointPort);
  const UniqueFd listener = listen_in(peer());

  inside(task.space, [] {
    EXPECT_TRUE(connects_to("169.254.170.2", 80));
    EXPECT_TRUE(connects_to("2001:db8:7::20"));
  });
  EXPECT_EQ(accept_from(endpoint), "169.254.172.7");
}

TEST_P(OnTheLan, IsMadeTwiceAsOnce) {
  const Task task = start(31);
  const auto before = devices();

  const auto again = create_network(pins, any, task.name, task.own);

  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(devices(), before);
  const UniqueFd listener = listen_in(task.space);
  inside(peer(), [] {
    EXPECT_TRUE(connects_to("10.77.0.31"));
    EXPECT_TRUE(connects_to("2001:db8:7::31"));
  });
  EXPECT_TRUE(connects_to("10.77.0.31"));
}

TEST_P(OnTheLan, TheNextOwnerOfAnAddressIsReachedAtOnce) {
  // The host's MAC stays, and a NIC's link may come up later than it is announced.
  if (way == Way::LanRouted || way == Way::Nic) return;
  {
    const Task first = start(31);
    const UniqueFd listener = listen_in(first.space);
    inside(peer(), [] {
      ASSERT_TRUE(connects_to("10.77.0.31"));
      ASSERT_TRUE(connects_to("2001:db8:7::31"));
    });
    stop(first);
  }
  OwnInterface own = interface_of(32);
  own.ipv4 = interface_of(31).ipv4;
  own.ipv6 = interface_of(31).ipv6;
  const auto path = create_network(pins, any, task_name(34), own);
  ASSERT_TRUE(path) << path.error();
  const auto space = pins.open(task_name(34));
  await_running(*space->netlink, "eth0");
  const UniqueFd listener = listen_in(*space);

  inside(peer(), [] {
    EXPECT_TRUE(connects_to("10.77.0.31"));
    EXPECT_TRUE(connects_to("2001:db8:7::31"));
  });
}

TEST_P(OnTheLan, LeavesNothingBehind) {
  const auto before = devices();
  const Task task = start(31);

  stop(task);

  auto after = devices();
  if (way == Way::Nic) {
    auto host = NetlinkSocket::open();
    const auto given_back = find_link(*host, "nic31");
    ASSERT_TRUE(given_back) << given_back.error();
    EXPECT_FALSE(given_back->is_up);
    EXPECT_EQ(given_back->alias, "");
    EXPECT_EQ(given_back->mac, task.own.mac);
    std::erase(after, "nic31");
  }
  EXPECT_THAT(after, ::testing::UnorderedElementsAreArray(before));
  EXPECT_THAT(*pins.list(), ::testing::UnorderedElementsAre("switch", "router", "peer"));
  EXPECT_TRUE(any.lan_routed().answers()->empty());
  inside(peer(), [] { EXPECT_TRUE(is_shut_out_from("10.77.0.31")); });
}

}  // namespace
}  // namespace berth::netns
