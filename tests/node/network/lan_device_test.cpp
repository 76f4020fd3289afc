// lan_device_test.cpp - which parents serve, which do not and why; what a killed daemon left.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "netns/address.hpp"
#include "netns/link.hpp"
#include "netns/parent.hpp"
#include "tests/node/network/lan.hpp"

namespace berth::netns {
namespace {

class LanDevices : public LanTest {
 protected:
  void SetUp() override {
    LanTest::SetUp();
    auto opened = NetlinkSocket::open();
    host = std::make_unique<NetlinkSocket>(std::move(*opened));
  }

  std::string refusal(const Access& access, int last = 31) {
    OwnInterface own = interface_of(last);
    own.access = access;
    const auto made = create_network(pins, any, task_name(last), own);
    EXPECT_TRUE(remove_network(pins, any, task_name(last)));
    return made ? "" : made.error().message;
  }

  std::unique_ptr<NetlinkSocket> host;
};

TEST_F(LanDevices, AParentThatIsNotThereIsNamed) {
  EXPECT_EQ(refusal(Macvlan{"eth9"}), "parent eth9: the host has no such device");
  EXPECT_EQ(refusal(LanRouted{"eth9"}), "parent eth9: the host has no such device");
  EXPECT_EQ(refusal(Vlan{"0a:00:00:00:00:77", 7}),
            "parent 0a:00:00:00:00:77: the host has no such device");
  EXPECT_EQ(refusal(Nic{}), "the host has no device with MAC 0a:00:00:00:00:1f");
}

TEST_F(LanDevices, TheParentIsTheDeviceOfTheDefaultRouteUnlessTold) {
  EXPECT_EQ(find_parent(*host, "")->name, "eth0");
  EXPECT_EQ(find_parent(*host, text_of(derived_mac(0x02, "host")))->name, "eth0");
  const auto gone = host->change(route_removal({.via = *parse_ip("10.77.0.1")}));
  ASSERT_TRUE(gone) << gone.error();
  EXPECT_EQ(find_parent(*host, "")->name, "eth0");  // that of IPv6
  Route everywhere6{.via = *parse_ip("2001:db8:7::1")};
  everywhere6.to.address.is_v6 = true;
  ASSERT_TRUE(host->change(route_removal(everywhere6)));
  EXPECT_TRUE(find_parent(*host, "").failed_with(Errc::NotFound));
}

TEST_F(LanDevices, APortOfABridgeIsRefusedNamingTheBridge) {
  Request bridge(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{}, "create bridge");
  bridge.text(IFLA_IFNAME, "br0").open(IFLA_LINKINFO).text(IFLA_INFO_KIND, "bridge").close();
  ASSERT_TRUE(host->change(bridge));
  Request port(RTM_NEWLINK, 0, ifinfomsg{}, "make a port");
  port.text(IFLA_IFNAME, "eth0").number32(IFLA_MASTER, find_link(*host, "br0")->index);
  ASSERT_TRUE(host->change(port));

  const std::string why = "parent eth0 is a port of bridge br0: name br0 instead";
  EXPECT_EQ(refusal(Macvlan{"eth0"}), why);
  EXPECT_EQ(refusal(Vlan{"eth0", 7}), why);
  EXPECT_EQ(refusal(LanRouted{"eth0"}), why);
}

TEST_F(LanDevices, AWirelessParentIsRefusedForDevicesOfItsOwn) {
  const std::string tree = ::testing::TempDir() + "devices";
  const auto devices = Dir::open_or_make(tree);
  ASSERT_TRUE(devices->make_all("eth0/phy80211"));

  const auto refused = check_carries(*host, *find_link(*host, "eth0"), *devices);

  ASSERT_TRUE(refused.failed_with(Errc::Invalid));
  EXPECT_EQ(refused.error().message,
            "parent eth0 is wireless, where an access point takes frames of one MAC address only: "
            "use driver lan-routed");
}

TEST_F(LanDevices, AParentWithIpvlanIsRefused) {
  Request ipvlan(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{}, "create ipvlan");
  ipvlan.text(IFLA_IFNAME, "ipv0").number32(IFLA_LINK, find_link(*host, "eth0")->index);
  ipvlan.open(IFLA_LINKINFO).text(IFLA_INFO_KIND, "ipvlan").close();
  const auto made = host->change(ipvlan);
  if (!made && made.error().os_errno == EOPNOTSUPP) GTEST_SKIP() << "SKIP: kernel has no ipvlan";
  ASSERT_TRUE(made) << made.error();

  EXPECT_EQ(refusal(Macvlan{"eth0"}),
            "parent eth0 carries ipv0, an ipvlan, which takes all its packets");
}

TEST_F(LanDevices, AnAddressOfTheHostIsRefused) {
  way = Way::Macvlan;
  EXPECT_EQ(refusal(Macvlan{"eth0"}, 10), "address 10.77.0.10 is the host's own");
  EXPECT_EQ(refusal(LanRouted{"eth0"}, 10), "address 10.77.0.10 is the host's own");
}

TEST_F(LanDevices, TheHostsOwnWayOutIsNotLent) {
  OwnInterface own = interface_of(31);
  own.access = Nic{};
  own.mac = derived_mac(0x02, "host");

  const auto refused = create_network(pins, any, task_name(31), own);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "device eth0 with MAC " + text_of(own.mac) + " is the host's own way out");
  EXPECT_EQ(find_link(*host, "eth0")->alias, "");
}

TEST_F(LanDevices, AVlanOfSomebodyElseIsRefused) {
  const UniqueFd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  const LanDevice theirs{"eth0.7", find_link(*host, "eth0")->index, *parse_mac("0a:00:00:00:00:77"),
                         here.get()};
  const auto made = host->change(vlan_request(theirs, 7));
  if (!made && made.error().os_errno == EOPNOTSUPP) {
    EXPECT_EQ(refusal(Vlan{"eth0", 7}), "the kernel has no 8021q");
    GTEST_SKIP() << "SKIP: kernel has no 8021q";
  }
  ASSERT_TRUE(made) << made.error();

  EXPECT_EQ(refusal(Vlan{"eth0", 7}),
            "VLAN 7 of eth0 is in use: a VLAN has one device, which is another task's or the "
            "host's");
  EXPECT_EQ(refusal(Vlan{"eth0", 8}), "");
}

TEST_F(LanDevices, ALentDeviceComesBackUnderAnotherNameWhenItsOwnIsTaken) {
  way = Way::Nic;
  const Task task = start(31);
  const UniqueFd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  VethPair taken;
  taken.name = "nic31";
  taken.mac = *parse_mac("0a:00:00:00:00:77");
  taken.peer_name = "lan";
  taken.peer_mac = *parse_mac("0a:00:00:00:00:78");
  taken.peer_netns = here.get();
  ASSERT_TRUE(host->change(veth_request(taken)));

  stop(task);

  const auto links = list_links(*host);
  const auto back = std::find_if(links->begin(), links->end(),
                                 [&](const Link& link) { return link.mac == task.own.mac; });
  ASSERT_NE(back, links->end());
  EXPECT_EQ(back->alias, "");
  EXPECT_THAT(back->name, ::testing::MatchesRegex("nic[0-9]"));
}

TEST_F(LanDevices, ALentDeviceIsFoundAgainWhenItWasOnlyMarked) {
  way = Way::Nic;
  const std::string nic = plug_in_nic(31);
  ASSERT_TRUE(pins.create(gateway_name(task_name(31))));
  ASSERT_TRUE(host->change(
      link_change_request({.name = nic, .alias = "berth--" + task_name(31) + " " + nic})));

  ASSERT_TRUE(drop_network(pins, any, task_name(31)));

  EXPECT_EQ(find_link(*host, nic)->alias, "");
  EXPECT_FALSE(pins.has(gateway_name(task_name(31))));
}

TEST_F(LanDevices, AGatewayThatLostItsDeviceIsNoticed) {
  const Task task = start(31);
  ASSERT_TRUE(any.gateway().is_on_lan(task.name));

  ASSERT_TRUE(delete_link(*host, "eth0"));

  EXPECT_FALSE(any.gateway().is_on_lan(task.name));
  const auto again = create_network(pins, any, task.name, task.own);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "parent eth0: the host has no such device");
}

TEST_F(LanDevices, AnAnswerWhoseDeviceIsGoneIsFoundAndEnded) {
  way = Way::LanRouted;
  const Task task = start(31);
  const auto answers = any.lan_routed().answers();
  ASSERT_EQ(answers->size(), 2U);
  EXPECT_EQ(answers->front().name, task.name);

  ASSERT_TRUE(delete_link(*host, host_end_name(task.name)));

  const auto idle = any.lan_routed().answers();
  ASSERT_EQ(idle->size(), 2U);
  EXPECT_EQ(idle->front().name, "");
  ASSERT_TRUE(drop_network(pins, any, task.name));
  EXPECT_TRUE(any.lan_routed().answers()->empty());
}

TEST_F(LanDevices, AGatewayFollowsTheAddressesOfItsHost) {
  const Task task = start(31);
  const std::uint32_t eth0 = find_link(*host, "eth0")->index;
  ASSERT_TRUE(host->change({address_request(eth0, *parse_ip_interface("10.77.0.11/24")),
                            address_removal(eth0, *parse_ip_interface("10.77.0.10/24")),
                            address_request(eth0, *parse_ip_interface("10.77.0.11/24"))}));

  ASSERT_TRUE(create_network(pins, any, task.name, task.own));

  const UniqueFd listener = listen_here();
  inside(task.space, [] { EXPECT_TRUE(connects_to("10.77.0.11")); });
  const auto gateway = pins.open(gateway_name(task.name));
  const auto routes = list_routes(*gateway->netlink, find_link(*gateway->netlink, "host")->index);
  for (const Route& route : *routes) EXPECT_NE(text_of(route.to), "10.77.0.10/32");
}

}  // namespace
}  // namespace berth::netns
