// network_test.cpp - what a network made by create_network() can reach, on the real kernel.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include "firewall/table.hpp"
#include "netns/address.hpp"
#include "netns/forwarding.hpp"
#include "netns/link.hpp"
#include "netns/node_routes.hpp"
#include "netns/subnet.hpp"
#include "netns/sysctl.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kBridgeNf[] = "net/bridge/bridge-nf-call-iptables";
const std::string kOne(32, 'a');
const std::string kOther(32, 'b');
const std::string kThird(32, 'c');

/// The host with its rules, and networks on it. Parameter: bridge-nf-call-iptables, which must not
/// matter.
class NetworkTest : public HostTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    auto proc_sys = Dir::open("/proc/sys");
    const auto old = set_sysctl(*proc_sys, kBridgeNf, GetParam());
    if (old.failed_with(Errc::NotFound)) GTEST_SKIP() << "the kernel lacks br_netfilter";
    ASSERT_TRUE(old) << old.error();
    forward();
  }

  Namespace start(const std::string& name, const OwnInterface& own) {
    const auto allowed = table.add(device_of(name, own));
    EXPECT_TRUE(allowed) << allowed.error();
    const auto path = create_network(pins, driver, name, own);
    EXPECT_TRUE(path) << path.error();
    auto opened = pins.open(name);
    EXPECT_TRUE(opened) << opened.error();
    auto host = NetlinkSocket::open();
    await_running(*host, host_end_name(name));
    return std::move(*opened);
  }

  firewall::Table table{{.table = "berth"}};
};

INSTANTIATE_TEST_SUITE_P(BridgeNetfilter, NetworkTest, ::testing::Values("0", "1"),
                         [](const auto& param) { return param.param == "1" ? "On" : "Off"; });

TEST_P(NetworkTest, ReachesATaskFromTheHost) {
  const Namespace task = start(kOne, dual_interface(2));
  UniqueFd listener;
  inside(task, [&] { listener = listen_here(); });

  EXPECT_TRUE(connects_to("10.213.1.2"));
  EXPECT_EQ(accept_from(listener), "10.213.1.1");
  EXPECT_TRUE(connects_to("fd00:213::2"));
}

TEST_P(NetworkTest, ReachesTheHostFromATask) {
  const Namespace task = start(kOne, interface(2));
  const UniqueFd listener = listen_here();

  inside(task, [] { EXPECT_TRUE(connects_to("10.213.1.1")); });

  EXPECT_EQ(accept_from(listener), "10.213.1.2");
}

TEST_P(NetworkTest, ReachesATaskFromAnotherUnderItsOwnAddress) {
  const Namespace one = start(kOne, dual_interface(2));
  const Namespace other = start(kOther, dual_interface(3));
  UniqueFd listener;
  inside(one, [&] { listener = listen_here(); });

  inside(other, [] { EXPECT_TRUE(connects_to("10.213.1.2")); });
  EXPECT_EQ(accept_from(listener), "10.213.1.3");

  inside(other, [] { EXPECT_TRUE(connects_to("fd00:213::2")); });
  EXPECT_EQ(accept_from(listener), "fd00:213::3");
}

TEST_P(NetworkTest, ReachesItselfOnLocalhost) {
  const Namespace task = start(kOne, interface(2));

  inside(task, [] {
    const UniqueFd listener = listen_here();
    EXPECT_TRUE(connects_to("127.0.0.1"));
    EXPECT_EQ(accept_from(listener), "127.0.0.1");
  });
}

TEST_P(NetworkTest, LeavesForTheOutsideUnderTheHostsAddress) {
  const Namespace task = start(kOne, dual_interface(2));
  const Namespace outside = machine(pins, "outside");
  UniqueFd listener;
  inside(outside, [&] { listener = listen_here(); });

  inside(task, [] { EXPECT_TRUE(connects_to("198.51.100.2")); });
  EXPECT_EQ(accept_from(listener), "198.51.100.1");

  inside(task, [] { EXPECT_TRUE(connects_to("2001:db8:1::2")); });
  EXPECT_EQ(accept_from(listener), "2001:db8:1::1");
}

TEST_P(NetworkTest, LeavesForADirectBlockUnderItsOwnAddress) {
  const Namespace task = start(kOne, interface(2));
  const Namespace node = machine(pins, "node");
  ASSERT_TRUE(table.follow({}, {"198.51.100.0/24"}));
  UniqueFd listener;
  inside(node, [&] { listener = listen_here(); });
  const std::uint32_t link = find_link(*node.netlink, "eth0")->index;
  ASSERT_TRUE(node.netlink->change(route_request({.to = *parse_ip_interface("10.213.1.0/24"),
                                                  .via = parse_ip("198.51.100.1").value(),
                                                  .link = link})));

  inside(task, [] { EXPECT_TRUE(connects_to("198.51.100.2")); });

  EXPECT_EQ(accept_from(listener), "10.213.1.2");
}

TEST_P(NetworkTest, ReachesANewTaskUnderTheAddressOfAGoneOne) {
  {
    const Namespace task = start(kOne, interface(2));
    UniqueFd listener;
    inside(task, [&] { listener = listen_here(); });
    ASSERT_TRUE(connects_to("10.213.1.2"));
  }
  ASSERT_TRUE(drop_network(pins, driver, kOne));
  ASSERT_TRUE(table.remove(host_end_name(kOne)));
  OwnInterface successor = interface(2);
  successor.mac = *parse_mac("0a:00:00:00:99:99");
  const Namespace task = start(kThird, successor);
  UniqueFd listener;
  inside(task, [&] { listener = listen_here(); });

  EXPECT_TRUE(connects_to("10.213.1.2"));
}

class WholeNetwork : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    forward();
    auto opened = NetlinkSocket::open();
    socket = std::make_unique<NetlinkSocket>(std::move(*opened));
  }

  std::unique_ptr<NetlinkSocket> socket;
};

bool has_default_via(Netlink& netlink, std::uint32_t link, const std::string& gateway) {
  const auto routes = *list_routes(netlink, link);
  return std::any_of(routes.begin(), routes.end(), [&gateway](const Route& route) {
    return route.to.prefix_bits == 0 && route.via == *parse_ip(gateway);
  });
}

TEST_F(WholeNetwork, HasMacMtuAddressesAndRoutesAsOrdered) {
  OwnInterface own = dual_interface(7);
  own.mtu = 1400;

  const auto path = create_network(pins, driver, kOne, own);

  ASSERT_TRUE(path) << path.error();
  EXPECT_EQ(*path, "/run/netns/berth--" + kOne);
  const auto task = pins.open(kOne);
  const auto link = find_link(*task->netlink, "eth0");
  ASSERT_TRUE(link) << link.error();
  EXPECT_EQ(link->mac, own.mac);
  EXPECT_EQ(link->mtu, 1400U);
  EXPECT_TRUE(link->is_up);
  EXPECT_TRUE(find_link(*task->netlink, "lo")->is_up);
  const auto addresses = *list_addresses(*task->netlink, link->index);
  EXPECT_THAT(addresses, Contains(*parse_ip_interface("10.213.1.7/32")));
  EXPECT_THAT(addresses, Contains(*parse_ip_interface("fd00:213::7/128")));
  EXPECT_TRUE(has_default_via(*task->netlink, link->index, "10.213.1.1"));
  EXPECT_TRUE(has_default_via(*task->netlink, link->index, "fe80::1"));
}

TEST_F(WholeNetwork, OfIpv6AloneHasNoOtherAddress) {
  const auto path = create_network(pins, driver, kOne, v6_interface(7));

  ASSERT_TRUE(path) << path.error();
  const auto task = pins.open(kOne);
  const std::uint32_t link = find_link(*task->netlink, "eth0")->index;
  const auto addresses = *list_addresses(*task->netlink, link);
  EXPECT_THAT(addresses, Contains(*parse_ip_interface("fd00:213::7/128")));
  for (const IpInterface& address : addresses) EXPECT_TRUE(address.address.is_v6);
  EXPECT_TRUE(has_default_via(*task->netlink, link, "fe80::1"));
}

TEST_F(WholeNetwork, HasTheMtuOfTheUplinkUnlessToldOtherwise) {
  const Namespace outside = machine(pins, "outside");
  ASSERT_TRUE(socket->change(link_change_request({.name = "to-outside", .mtu = 1380})));
  Route everywhere{
      .to = {}, .via = *parse_ip("198.51.100.2"), .link = find_link(*socket, "to-outside")->index};
  ASSERT_TRUE(socket->change(route_request(everywhere)));

  const auto path = create_network(pins, driver, kOne, interface(2));

  ASSERT_TRUE(path) << path.error();
  EXPECT_EQ(find_link(*pins.open(kOne)->netlink, "eth0")->mtu, 1380U);
  EXPECT_EQ(find_link(*socket, host_end_name(kOne))->mtu, 1380U);
}

TEST_F(WholeNetwork, DoesNotTakeTheAddressOfAnotherMachine) {
  const Namespace outside = machine(pins, "outside");
  OwnInterface own = interface(2);
  own.ipv4 = *parse_ip_interface("198.51.100.7/24");
  own.ipv4_gateway = *parse_ip("198.51.100.2");

  const auto refused = create_network(pins, driver, kOne, own);

  ASSERT_TRUE(refused.failed_with(Errc::Invalid));
  EXPECT_EQ(
      refused.error().message,
      "gateway 198.51.100.2 is on the host's own network to-outside: the subnet of a task must "
      "be one the host is not in");
  UniqueFd listener;
  inside(outside, [&] { listener = listen_here(); });
  EXPECT_TRUE(connects_to("198.51.100.2"));
}

TEST_F(WholeNetwork, OfNoNetworkHasOnlyLoopback) {
  const auto path = create_network(pins, driver, kOne, NoNetwork{});

  ASSERT_TRUE(path) << path.error();
  const auto task = pins.open(kOne);
  EXPECT_TRUE(find_link(*task->netlink, "lo")->is_up);
  EXPECT_TRUE(find_link(*task->netlink, "eth0").failed_with(Errc::NotFound));
}

TEST_F(WholeNetwork, OfTheHostMakesNothing) {
  const auto path = create_network(pins, driver, kOne, HostNetwork{});

  ASSERT_TRUE(path) << path.error();
  EXPECT_EQ(*path, "");
  EXPECT_THAT(*pins.list(), IsEmpty());
}

TEST_F(WholeNetwork, IsGoneAfterRemoving) {
  ASSERT_TRUE(create_network(pins, driver, kOne, interface(2)));
  ASSERT_THAT(*driver.attached(), ElementsAre(kOne));

  ASSERT_TRUE(remove_network(pins, driver, kOne));

  const auto links = *list_links(*socket);
  std::vector<std::string> names;
  for (const Link& link : links) names.push_back(link.name);
  EXPECT_THAT(names, ElementsAre("lo"));
  EXPECT_THAT(*pins.list(), IsEmpty());
  EXPECT_THAT(*Dir::open("/run/netns")->list(), IsEmpty());
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
    const auto path = create_network(pins, driver, name, dual_interface(2 + round));
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

TEST_F(WholeNetwork, LeadsToTheNetworksOfOtherNodes) {
  const Namespace node = machine(pins, "node");
  const NodeRoute first{*parse_ip_interface("10.213.2.0/24"), *parse_ip("198.51.100.2")};
  const NodeRoute second{*parse_ip_interface("fd00:213:2::/64"), *parse_ip("2001:db8:1::2")};
  const NodeRoute nowhere{*parse_ip_interface("10.213.3.0/24"), *parse_ip("192.0.2.9")};
  const std::uint32_t link = find_link(*node.netlink, "eth0")->index;
  ASSERT_TRUE(node.netlink->change(address_request(link, *parse_ip_interface("10.213.2.5/24"))));
  UniqueFd listener;
  inside(node, [&] { listener = listen_here(); });

  EXPECT_FALSE(sync_node_routes(*socket, {nowhere, first, second}));

  EXPECT_THAT(*list_node_routes(*socket), ::testing::UnorderedElementsAre(first, second));
  EXPECT_TRUE(connects_to("10.213.2.5"));
  const auto again = sync_node_routes(*socket, {second});
  EXPECT_TRUE(again) << again.error();
  EXPECT_THAT(*list_node_routes(*socket), ElementsAre(second));
  ASSERT_TRUE(sync_node_routes(*socket, {}));
  EXPECT_THAT(*list_node_routes(*socket), IsEmpty());
}

TEST_F(WholeNetwork, FindsASubnetThatIsFree) {
  const Namespace outside = machine(pins, "outside");
  const auto taken = routed_subnets(*socket);
  ASSERT_TRUE(taken) << taken.error();
  const auto subnets = [](std::initializer_list<const char*> texts) {
    std::vector<IpInterface> all;
    for (const char* text : texts) all.push_back(*parse_ip_interface(text));
    return all;
  };

  EXPECT_EQ(text_of(*free_subnet(subnets({"198.51.0.0/16", "10.9.0.0/20"}), *taken)),
            "10.9.0.0/20");
  const auto none = free_subnet(subnets({"198.51.100.128/25"}), *taken);
  ASSERT_TRUE(none.failed_with(Errc::Exhausted));
  EXPECT_EQ(none.error().message, "the host has routes into each of 198.51.100.128/25");
}

/// Forwarding as the kernel has it when it boots: off.
class Forwarding : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    for (const char* key : {"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"}) {
      ASSERT_TRUE(set_sysctl(proc_sys, key, "0"));
    }
  }
  Dir proc_sys = *Dir::open("/proc/sys");
};

TEST_F(Forwarding, NeedsNothingWhenItIsOn) {
  forward();

  EXPECT_THAT(*forwarding_settings(proc_sys, true), IsEmpty());
}

TEST_F(Forwarding, KeepsUplinksListeningToRouters) {
  const Namespace outside = machine(pins, "outside");
  const std::string accept_ra = "net/ipv6/conf/to-outside/accept_ra";
  ASSERT_EQ(host_setting(accept_ra), "1");

  const auto settings = forwarding_settings(proc_sys, true);

  ASSERT_TRUE(settings) << settings.error();
  EXPECT_EQ(settings->front(), (Setting{"net/ipv4/ip_forward", "1"}));
  EXPECT_THAT(*settings, Contains(Setting{accept_ra, "2"}));
  EXPECT_THAT(*settings, Contains(Setting{"net/ipv6/conf/default/accept_ra", "2"}));
  EXPECT_EQ(settings->back(), (Setting{"net/ipv6/conf/all/forwarding", "1"}));
  EXPECT_THAT(*forwarding_settings(proc_sys, false),
              ElementsAre(Setting{"net/ipv4/ip_forward", "1"}));
}

}  // namespace
}  // namespace berth::netns
