// network_test.cpp - what a network made by create_network() can reach, on the real kernel.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include "firewall/table.hpp"
#include "netns/address.hpp"
#include "netns/link.hpp"
#include "netns/sysctl.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kBridgeNf[] = "net/bridge/bridge-nf-call-iptables";

/// The host with its bridge and rules, and two networks on it. Parameter: bridge-nf-call-iptables,
/// or "" to leave it as this kernel has it.
class NetworkTest : public HostTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    auto proc_sys = Dir::open("/proc/sys");
    if (!GetParam().empty()) {
      const auto old = set_sysctl(*proc_sys, kBridgeNf, GetParam());
      if (old.failed_with(Errc::NotFound)) GTEST_SKIP() << "the kernel lacks br_netfilter";
      ASSERT_TRUE(old) << old.error();
    }
    const auto ready = driver.ensure_host(*proc_sys);
    ASSERT_TRUE(ready) << ready.error();
    const auto applied = firewall::apply({"berth", "berth0", {"10.213.1.0/24"}});
    ASSERT_TRUE(applied) << applied.error();
  }

  Namespace start(const std::string& name, int last) {
    const auto path = create_network(pins, driver, name, interface(last));
    EXPECT_TRUE(path) << path.error();
    auto opened = pins.open(name);
    EXPECT_TRUE(opened) << opened.error();
    auto host = NetlinkSocket::open();
    await_running(*host, host_end_name(name));
    return std::move(*opened);
  }
};

INSTANTIATE_TEST_SUITE_P(BridgeNetfilter, NetworkTest, ::testing::Values("0", "1"),
                         [](const auto& param) { return param.param == "1" ? "On" : "Off"; });

TEST_P(NetworkTest, ReachesATaskFromTheHost) {
  const Namespace task = start("aaaaaaaaaaaa1", 2);
  UniqueFd listener;
  inside(task, [&] { listener = listen_here(); });

  EXPECT_TRUE(connects_to("10.213.1.2"));
  EXPECT_EQ(accept_from(listener), "10.213.1.1");
}

TEST_P(NetworkTest, ReachesTheHostFromATask) {
  const Namespace task = start("aaaaaaaaaaaa1", 2);
  const UniqueFd listener = listen_here();

  inside(task, [] { EXPECT_TRUE(connects_to("10.213.1.1")); });

  EXPECT_EQ(accept_from(listener), "10.213.1.2");
}

TEST_P(NetworkTest, ReachesATaskFromAnotherUnderItsOwnAddress) {
  const Namespace one = start("aaaaaaaaaaaa1", 2);
  const Namespace other = start("bbbbbbbbbbbb2", 3);
  UniqueFd listener;
  inside(one, [&] { listener = listen_here(); });

  inside(other, [] { EXPECT_TRUE(connects_to("10.213.1.2")); });

  EXPECT_EQ(accept_from(listener), "10.213.1.3");
}

TEST_P(NetworkTest, ReachesItselfOnLocalhost) {
  const Namespace task = start("aaaaaaaaaaaa1", 2);

  inside(task, [] {
    const UniqueFd listener = listen_here();
    EXPECT_TRUE(connects_to("127.0.0.1"));
    EXPECT_EQ(accept_from(listener), "127.0.0.1");
  });
}

TEST_P(NetworkTest, LeavesForTheOutsideUnderTheHostsAddress) {
  const Namespace task = start("aaaaaaaaaaaa1", 2);
  auto outside = pins.create("outside");
  auto host = NetlinkSocket::open();
  VethPair uplink;
  uplink.name = "uplink";
  uplink.mac = derived_mac(0xfe, "uplink");
  uplink.peer_name = "eth0";
  uplink.peer_mac = derived_mac(0xfe, "outside");
  uplink.peer_netns = outside->fd.get();
  ASSERT_TRUE(host->change(veth_request(uplink)));
  ASSERT_TRUE(host->change(
      address_request(find_link(*host, "uplink")->index, *parse_ip_interface("198.51.100.1/24"))));
  const Result<> configured =
      outside->netlink->change({address_request(find_link(*outside->netlink, "eth0")->index,
                                                *parse_ip_interface("198.51.100.2/24")),
                                link_change_request({.name = "eth0", .up = true})});
  ASSERT_TRUE(configured) << configured.error();
  await_running(*host, "uplink");
  UniqueFd listener;
  inside(*outside, [&] { listener = listen_here(); });

  inside(task, [] { EXPECT_TRUE(connects_to("198.51.100.2")); });

  EXPECT_EQ(accept_from(listener), "198.51.100.1");
}

TEST_P(NetworkTest, ReachesANewTaskUnderTheAddressOfAGoneOne) {
  {
    const Namespace task = start("aaaaaaaaaaaa1", 2);
    UniqueFd listener;
    inside(task, [&] { listener = listen_here(); });
    ASSERT_TRUE(connects_to("10.213.1.2"));
  }
  ASSERT_TRUE(drop_network(pins, "aaaaaaaaaaaa1"));
  OwnInterface successor = interface(2);
  successor.mac = *parse_mac("0a:00:00:00:99:99");
  ASSERT_TRUE(create_network(pins, driver, "cccccccccccc3", successor));
  auto task = pins.open("cccccccccccc3");
  auto host = NetlinkSocket::open();
  await_running(*host, host_end_name("cccccccccccc3"));
  UniqueFd listener;
  inside(*task, [&] { listener = listen_here(); });

  EXPECT_TRUE(connects_to("10.213.1.2"));
}

class WholeNetwork : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    auto proc_sys = Dir::open("/proc/sys");
    const auto ready = driver.ensure_host(*proc_sys);
    ASSERT_TRUE(ready) << ready.error();
  }
};

TEST_F(WholeNetwork, HasMacMtuAddressAndRouteAsOrdered) {
  OwnInterface own = interface(7);
  own.mtu = 1400;
  own.ipv6 = *parse_ip_interface("fd00:213::7/64");

  const auto path = create_network(pins, driver, "aaaaaaaaaaaa1", own);

  ASSERT_TRUE(path) << path.error();
  EXPECT_EQ(*path, "/run/netns/berth--aaaaaaaaaaaa1");
  const auto task = pins.open("aaaaaaaaaaaa1");
  const auto link = find_link(*task->netlink, "eth0");
  ASSERT_TRUE(link) << link.error();
  EXPECT_EQ(link->mac, own.mac);
  EXPECT_EQ(link->mtu, 1400U);
  EXPECT_TRUE(link->is_up);
  EXPECT_TRUE(find_link(*task->netlink, "lo")->is_up);
  const auto addresses = *list_addresses(*task->netlink, link->index);
  EXPECT_THAT(addresses, ::testing::Contains(own.address));
  EXPECT_THAT(addresses, ::testing::Contains(*own.ipv6));
  const auto routes = *list_routes(*task->netlink, link->index);
  bool has_default = false;
  for (const Route& route : routes) {
    has_default |= route.to == IpInterface{} && route.via == own.gateway;
  }
  EXPECT_TRUE(has_default);
}

TEST_F(WholeNetwork, GivesTheBridgeEachGatewayOnce) {
  OwnInterface elsewhere = interface(9);
  elsewhere.address = *parse_ip_interface("10.213.2.9/24");
  elsewhere.gateway = *parse_ip("10.213.2.1");
  auto host = NetlinkSocket::open();
  const std::uint32_t bridge = find_link(*host, "berth0")->index;
  ASSERT_TRUE(host->change(address_request(bridge, *parse_ip_interface("10.213.1.1/24"))));

  ASSERT_TRUE(create_network(pins, driver, "aaaaaaaaaaaa1", interface(2)));
  ASSERT_TRUE(create_network(pins, driver, "bbbbbbbbbbbb2", interface(3)));
  ASSERT_TRUE(create_network(pins, driver, "cccccccccccc3", elsewhere));

  const auto addresses = *list_addresses(*host, bridge);
  std::vector<std::string> gateways;
  for (const IpInterface& each : addresses) {
    if (!each.address.is_v6) gateways.push_back(text_of(each));
  }
  EXPECT_THAT(gateways, ElementsAre("10.213.1.1/24", "10.213.2.1/24"));
}

TEST_F(WholeNetwork, ReachesAGatewayOutsideOfItsSubnet) {
  OwnInterface own = interface(2);
  own.address.prefix_bits = 32;
  ASSERT_TRUE(create_network(pins, driver, "aaaaaaaaaaaa1", own));
  const auto task = pins.open("aaaaaaaaaaaa1");
  auto host = NetlinkSocket::open();
  await_running(*host, host_end_name("aaaaaaaaaaaa1"));
  const UniqueFd listener = listen_here();

  inside(*task, [] { EXPECT_TRUE(connects_to("10.213.1.1")); });

  EXPECT_EQ(accept_from(listener), "10.213.1.2");
}

TEST_F(WholeNetwork, OfNoNetworkHasOnlyLoopback) {
  const auto path = create_network(pins, driver, "aaaaaaaaaaaa1", NoNetwork{});

  ASSERT_TRUE(path) << path.error();
  const auto task = pins.open("aaaaaaaaaaaa1");
  EXPECT_TRUE(find_link(*task->netlink, "lo")->is_up);
  EXPECT_TRUE(find_link(*task->netlink, "eth0").failed_with(Errc::NotFound));
}

TEST_F(WholeNetwork, OfTheHostMakesNothing) {
  const auto path = create_network(pins, driver, "aaaaaaaaaaaa1", HostNetwork{});

  ASSERT_TRUE(path) << path.error();
  EXPECT_EQ(*path, "");
  EXPECT_THAT(*pins.list(), IsEmpty());
}

TEST_F(WholeNetwork, IsGoneAfterRemoving) {
  ASSERT_TRUE(create_network(pins, driver, "aaaaaaaaaaaa1", interface(2)));
  ASSERT_THAT(*driver.attached(), ElementsAre("aaaaaaaaaaaa1"));

  ASSERT_TRUE(remove_network(pins, driver, "aaaaaaaaaaaa1"));
  ASSERT_TRUE(driver.remove_host());

  auto host = NetlinkSocket::open();
  const auto links = *list_links(*host);
  std::vector<std::string> names;
  for (const Link& link : links) names.push_back(link.name);
  EXPECT_THAT(names, ElementsAre("lo"));
  EXPECT_THAT(*pins.list(), IsEmpty());
  EXPECT_THAT(*Dir::open("/run/netns")->list(), IsEmpty());
}

TEST_F(WholeNetwork, TurnsForwardingOnAndSaysWhatItWas) {
  auto proc_sys = Dir::open("/proc/sys");
  ASSERT_TRUE(set_sysctl(*proc_sys, "net/ipv4/ip_forward", "0"));

  const auto first = driver.ensure_host(*proc_sys);
  const auto second = driver.ensure_host(*proc_sys);

  ASSERT_TRUE(first) << first.error();
  EXPECT_EQ(first->old_ip_forward, "0");
  EXPECT_EQ(second->old_ip_forward, "1");
  EXPECT_FALSE(first->bridge_made);
  EXPECT_EQ(host_setting("net/ipv4/ip_forward"), "1");
}

TEST_F(WholeNetwork, IsMadeBySeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (int each = 0; each < 5; ++each) {
        const int last = 2 + 5 * thread + each;
        const std::string name = std::to_string(100 + last) + "aaaaaaaaaaaaa";
        const auto path = create_network(pins, driver, name, interface(last));
        EXPECT_TRUE(path) << path.error();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(driver.attached()->size(), 20U);
  EXPECT_EQ(pins.list()->size(), 20U);
}

TEST_F(WholeNetwork, IsMadeQuickly) {
  constexpr int kRounds = 50;
  std::vector<double> took_ms;
  for (int round = 0; round < kRounds; ++round) {
    const std::string name = std::to_string(100 + round) + "aaaaaaaaaaaaa";
    const auto begin = std::chrono::steady_clock::now();
    const auto path = create_network(pins, driver, name, interface(2 + round));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    ASSERT_TRUE(path) << path.error();
    took_ms.push_back(took.count());
  }

  std::sort(took_ms.begin(), took_ms.end());

  std::cout << "network made in ms: median " << took_ms[kRounds / 2] << ", min " << took_ms.front()
            << ", p90 " << took_ms[kRounds * 9 / 10] << ", max " << took_ms.back() << "\n";
  RecordProperty("median_us", static_cast<int>(took_ms[kRounds / 2] * 1000));
  EXPECT_EQ(driver.attached()->size(), static_cast<std::size_t>(kRounds));
}

}  // namespace
}  // namespace berth::netns
