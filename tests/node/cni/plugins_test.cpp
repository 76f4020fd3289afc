// plugins_test.cpp - Debian's plugins (containernetworking-plugins), by real packets between
// namespaces.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "cni/network.hpp"
#include "netns/address.hpp"
#include "netns/link.hpp"
#include "netns/peer.hpp"
#include "tests/node/network/host.hpp"

namespace berth::cni {
namespace {

using netns::Namespace;

constexpr const char* kPrograms = "/usr/lib/cni";

/// The host of HostTest; networks are described in its /run, and plugins keep there what they keep.
class CniPlugins : public netns::HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    if (!std::filesystem::exists(std::string(kPrograms) + "/bridge")) {
      GTEST_SKIP() << "SKIP: containernetworking-plugins is not installed";
    }
    std::filesystem::create_directories("/run/net.d");
  }

  /// A network of these plugins, with addresses 10.9.0.0/<bits> given by host-local.
  Network network(const std::string& plugins) {
    std::ofstream("/run/net.d/net.conflist")
        << R"({"cniVersion": "1.0.0", "name": "net", "plugins": [)" << plugins << "]}";
    return Network({"/run/net.d", "net", {kPrograms}, "/run/book", {}});
  }
  static std::string ipam(const std::string& subnet = "10.9.0.0/24") {
    return R"("ipam": {"type": "host-local", "dataDir": "/run/addresses", "subnet": ")" + subnet +
           R"(", "routes": [{"dst": "0.0.0.0/0"}]})";
  }
  static std::string bridge(const std::string& more = "") {
    return R"({"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, )" + more +
           ipam() + "}";
  }

  struct Task {
    Attached attached;
    Namespace space;
    std::string address;
  };
  /// A namespace called `name` in the network.
  Task start(const Network& in, const std::string& name, const Wishes& wishes = {}) {
    Result<Namespace> made = pins.create(name);
    EXPECT_TRUE(made) << made.error();
    Attachment attachment;
    attachment.container = name;
    attachment.netns = pins.path_of(name);
    attachment.wishes = wishes;
    auto attached = in.add(attachment);
    EXPECT_TRUE(attached) << attached.error();
    if (!attached) return {{}, std::move(*made), ""};
    std::string address = inner_address(*attached, false)->address;
    address.resize(address.find('/'));
    return {std::move(*attached), std::move(*made), std::move(address)};
  }
  void stop(const Network& in, const std::string& name) {
    const Result<> removed = in.remove(name);
    EXPECT_TRUE(removed) << removed.error();
    EXPECT_TRUE(pins.remove(name));
  }

  static UniqueFd listen_in(const Namespace& space) {
    UniqueFd listener;
    netns::inside(space, [&] { listener = netns::listen_here(); });
    return listener;
  }
  /// The devices the host has besides loopback.
  static std::vector<std::string> devices() {
    auto host = netns::NetlinkSocket::open();
    std::vector<std::string> names;
    const auto links = netns::list_links(*host);
    for (const netns::Link& link : *links) {
      if (link.name != "lo") names.push_back(link.name);
    }
    return names;
  }
  /// Addresses that host-local has given out.
  static std::vector<std::string> given_out() {
    std::vector<std::string> given;
    for (const auto& entry : std::filesystem::directory_iterator("/run/addresses/net")) {
      const std::string name = entry.path().filename();
      if (name.starts_with("10.")) given.push_back(name);
    }
    return given;
  }
};

TEST_F(CniPlugins, TwoTasksOfABridgeReachEachOtherTheHostAndTheWorld) {
  const Namespace world = netns::machine(pins, "world");
  const Network net =
      network(bridge() + R"(, {"type": "tuning", "sysctl": {"net.core.somaxconn": "77"}},
                                           {"type": "firewall"})");
  const Task one = start(net, "one");
  const Task two = start(net, "two");

  const auto listener = listen_in(two.space);
  const auto far = listen_in(world);
  netns::inside(one.space, [&] {
    EXPECT_TRUE(netns::connects_to(two.address));
    EXPECT_TRUE(netns::connects_to("198.51.100.2"));
    EXPECT_EQ(netns::host_setting("net/core/somaxconn"), "77");
  });
  EXPECT_EQ(netns::accept_from(listener), one.address);
  EXPECT_EQ(netns::accept_from(far), "198.51.100.1");
  EXPECT_TRUE(netns::connects_to(two.address));
  EXPECT_EQ(outer_interface(one.attached)->name.substr(0, 4), "veth");
  EXPECT_TRUE(net.check("one"));
}

TEST_F(CniPlugins, NothingIsLeftOfATask) {
  const Network net = network(bridge() + R"(, {"type": "firewall"},
      {"type": "portmap", "snat": true, "capabilities": {"portMappings": true}})");
  Wishes wishes;
  wishes.ports = {{8088, 8080, "tcp", ""}};
  const Task one = start(net, "one", wishes);
  ASSERT_THAT(given_out(), ::testing::ElementsAre("10.9.0.2"));

  stop(net, "one");

  EXPECT_THAT(devices(), ::testing::ElementsAre("cni0"));
  EXPECT_THAT(given_out(), ::testing::IsEmpty());
  EXPECT_THAT(*net.attached(), ::testing::IsEmpty());
  EXPECT_EQ(std::system("iptables-save | grep -q 10.9.0.2"), 256);
}

TEST_F(CniPlugins, IsTakenAwayAlsoWhenTheNamespaceWentFirst) {
  const Network net = network(bridge());
  start(net, "one");
  ASSERT_TRUE(pins.remove("one"));

  EXPECT_TRUE(net.remove("one"));
  EXPECT_THAT(given_out(), ::testing::IsEmpty());
}

TEST_F(CniPlugins, PortsOfTheHostLeadToTheTask) {
  const Namespace world = netns::machine(pins, "world");
  const Network net = network(
      bridge() + R"(, {"type": "portmap", "snat": true, "capabilities": {"portMappings": true}})");
  Wishes wishes;
  wishes.ports = {{8088, 8080, "tcp", ""}};
  const Task one = start(net, "one", wishes);

  const auto listener = listen_in(one.space);
  netns::inside(world, [] { EXPECT_TRUE(netns::connects_to("198.51.100.1", 8088)); });
  EXPECT_EQ(netns::accept_from(listener), "198.51.100.2");
}

TEST_F(CniPlugins, ATaskOfPtpHasADeviceOfTheHostForItself) {
  const Network net = network(R"({"type": "ptp", "ipMasq": true, )" + ipam() + "}");
  const Task one = start(net, "one");
  const Task two = start(net, "two");

  const auto listener = listen_in(two.space);
  netns::inside(one.space, [&] { EXPECT_TRUE(netns::connects_to(two.address)); });
  EXPECT_EQ(netns::accept_from(listener), one.address);
  ASSERT_NE(outer_interface(one.attached), nullptr);
  EXPECT_NE(outer_interface(one.attached)->name, outer_interface(two.attached)->name);

  stop(net, "one");
  stop(net, "two");
  EXPECT_THAT(devices(), ::testing::IsEmpty());
}

/// The host's end of a task's interface.
Result<netns::Link> host_end(const Namespace& space, const std::string& interface = "eth0") {
  auto host = netns::NetlinkSocket::open();
  const auto inner = netns::find_link(*space.netlink, interface);
  EXPECT_TRUE(inner) << inner.error();
  return netns::peer_of(*host, space, *inner);
}

TEST_F(CniPlugins, TheKernelKnowsTheHostsEnd) {
  const Task routed = start(network(R"({"type": "ptp", "ipMasq": true, )" + ipam() + "}"), "one");
  const Task bridged = start(network(bridge()), "two");

  const auto of_ptp = host_end(routed.space);
  const auto of_bridge = host_end(bridged.space);

  ASSERT_TRUE(of_ptp) << of_ptp.error();
  EXPECT_EQ(of_ptp->name, outer_interface(routed.attached)->name);
  EXPECT_EQ(of_ptp->master, 0U);
  ASSERT_TRUE(of_bridge) << of_bridge.error();
  EXPECT_EQ(of_bridge->name, outer_interface(bridged.attached)->name);
  auto host = netns::NetlinkSocket::open();
  EXPECT_EQ(netns::find_link(*host, of_bridge->master)->name, "cni0");
}

TEST_F(CniPlugins, AnEndInAThirdNamespaceIsNotTheHosts) {
  const Namespace third = netns::machine(pins, "third");
  ASSERT_TRUE(pins.create("one"));
  auto space = pins.open("one");
  netns::VethPair pair{.name = "veth0", .mac = {{2, 0, 0, 0, 0, 1}}};
  pair.peer_name = "eth0";
  pair.peer_mac = {{2, 0, 0, 0, 0, 2}};
  pair.peer_netns = space->fd.get();
  ASSERT_TRUE(third.netlink->change(netns::veth_request(pair)));

  const auto found = host_end(*space);

  ASSERT_TRUE(found.failed_with(Errc::Invalid));
  EXPECT_EQ(found.error().message, "the other end of eth0 is not on the host");
}

TEST_F(CniPlugins, DoorsOfANamespaceAreItsDevicesButLoopback) {
  const Task one = start(network(bridge()), "one");

  const auto doors = netns::doors_of(*one.space.netlink);

  ASSERT_TRUE(doors) << doors.error();
  ASSERT_EQ(doors->size(), 1U);
  EXPECT_EQ(doors->front().name, "eth0");
}

TEST_F(CniPlugins, ATaskOfMacvlanIsAHostOfTheLan) {
  const Namespace lan = netns::machine(pins, "lan");
  auto host = netns::NetlinkSocket::open();
  const std::string parent = devices().front();
  const Network net = network(R"({"type": "macvlan", "master": ")" + parent +
                              R"(", "ipam": {"type": "static", "addresses":
                                 [{"address": "198.51.100.7/24"}]}})");
  const Task one = start(net, "one");

  const auto listener = listen_in(lan);
  netns::inside(one.space, [] { EXPECT_TRUE(netns::connects_to("198.51.100.2")); });
  EXPECT_EQ(netns::accept_from(listener), "198.51.100.7");
  EXPECT_EQ(outer_interface(one.attached), nullptr);
  EXPECT_EQ(host_end(one.space).error().message,
            "eth0 is of kind macvlan without another end on the host");
}

TEST_F(CniPlugins, ALimitOfBandwidthIsSetOnTheHostsSide) {
  const Network net =
      network(bridge() + R"(, {"type": "bandwidth", "capabilities": {"bandwidth": true}})");
  Wishes wishes;
  wishes.bandwidth = {20'000'000, 10'000'000};
  start(net, "one", wishes);

  EXPECT_EQ(std::system("tc qdisc show | grep -q 'tbf .* rate 20Mbit'"), 0);
  EXPECT_EQ(std::system("tc qdisc show | grep -q 'tbf .* rate 10Mbit'"), 0);

  stop(net, "one");
  EXPECT_THAT(devices(), ::testing::ElementsAre("cni0"));
}

TEST_F(CniPlugins, AnExhaustedRangeIsToldInThePluginsWords) {
  const Network net =
      network(R"({"type": "bridge", "bridge": "cni0", )" + ipam("10.9.0.0/30") + "}");
  start(net, "one");
  ASSERT_TRUE(pins.create("two"));
  Attachment second;
  second.container = "two";
  second.netns = pins.path_of("two");

  const auto attached = net.add(second);

  ASSERT_FALSE(attached);
  EXPECT_THAT(attached.error().message,
              ::testing::AllOf(::testing::StartsWith("plugin bridge, ADD: "),
                               ::testing::HasSubstr("no IP addresses available")));
  EXPECT_THAT(*net.attached(), ::testing::ElementsAre("one"));
}

TEST_F(CniPlugins, ACheckFindsWhatSomebodyTookAway) {
  const Network net = network(bridge());
  const Task one = start(net, "one");
  ASSERT_TRUE(net.check("one"));

  ASSERT_TRUE(netns::delete_link(*one.space.netlink, "eth0"));

  EXPECT_FALSE(net.check("one"));
}

}  // namespace
}  // namespace berth::cni
