// network_file_test.cpp - what users write to networks, and to what is wrong with it.
#include "agent/networks/network_file.hpp"

#include <gmock/gmock.h>

#include "agent/networks/range.hpp"
#include "base/json.hpp"

namespace berth::networks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char* const kLan = R"({"name": "lan", "driver": "macvlan", "parent": "eth0",
    "subnet": "192.0.2.0/24", "addresses": "192.0.2.200-192.0.2.239", "gateway": "192.0.2.1",
    "ipv6Subnet": "fd00:1::/64", "ipv6Gateway": "fd00:1::1",
    "dnsServers": ["192.0.2.53"], "searchDomains": ["lab"],
    "securityGroups": [{"groupId": "sg-web", "ingress": [
        {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrs": ["0.0.0.0/0"],
         "groupIds": ["sg-x"]}]}]})";
const char* const kBridge = R"({"name": "in", "driver": "bridge", "subnet": "10.50.0.0/24"})";

const char* const kIpv6 = R"({"name": "six", "driver": "macvlan", "ipv6Subnet": "fd00:1::/64",
    "ipv6Gateway": "fd00:1::1", "addresses": "fd00:1::100-fd00:1::1ff"})";

std::string changed(const char* from, const std::string& pointer, Json value) {
  Json file = Json::parse(from);
  file[Json::json_pointer(pointer)] = std::move(value);
  return file.dump();
}

std::string without(const std::string& member) {
  Json file = Json::parse(kLan);
  file.erase(member);
  return file.dump();
}

TEST(ReadNetwork, TakesEachMember) {
  const auto network = read_network(kLan);

  ASSERT_TRUE(network) << network.error();
  EXPECT_EQ(network->name, "lan");
  EXPECT_EQ(network->access, (model::EniAccess{"macvlan", "eth0", 0}));
  EXPECT_EQ(network->subnet, "192.0.2.0/24");
  EXPECT_EQ(network->first, "192.0.2.200");
  EXPECT_EQ(network->last, "192.0.2.239");
  EXPECT_EQ(network->gateway, "192.0.2.1");
  EXPECT_EQ(network->ipv6_subnet, "fd00:1::/64");
  EXPECT_EQ(network->ipv6_gateway, "fd00:1::1");
  EXPECT_THAT(network->dns_servers, ElementsAre("192.0.2.53"));
  EXPECT_THAT(network->search_domains, ElementsAre("lab"));
  ASSERT_EQ(network->groups.size(), 1u);
  EXPECT_EQ(network->groups[0].id, "sg-web");
  EXPECT_EQ(network->groups[0].ingress,
            (std::vector<model::SecurityGroupRule>{{"tcp", 80, 80, {"0.0.0.0/0"}, {"sg-x"}}}));
}

TEST(ReadNetwork, GivesABridgeItsWholeSubnet) {
  const auto network = read_network(kBridge);

  ASSERT_TRUE(network) << network.error();
  EXPECT_EQ(network->gateway, "10.50.0.1");
  EXPECT_EQ(network->first, "10.50.0.2");
  EXPECT_EQ(network->last, "10.50.0.254");
  EXPECT_EQ(read_network(changed(kBridge, "/gateway", "10.50.0.254"))->first, "10.50.0.1");
  EXPECT_EQ(read_network(changed(kBridge, "/gateway", "10.50.0.254"))->last, "10.50.0.253");
}

TEST(ReadNetwork, TakesIpv6Alone) {
  const auto lan = read_network(kIpv6);
  ASSERT_TRUE(lan) << lan.error();
  EXPECT_EQ(lan->subnet, "");
  EXPECT_EQ(lan->gateway, "");
  EXPECT_EQ(lan->ipv6_subnet, "fd00:1::/64");
  EXPECT_EQ(lan->ipv6_gateway, "fd00:1::1");
  EXPECT_EQ(lan->first, "fd00:1::100");
  EXPECT_EQ(lan->last, "fd00:1::1ff");
  const auto one = read_network(changed(kIpv6, "/addresses", "fd00:1::5:0:0:7"));
  EXPECT_EQ(one->first, "fd00:1::5:0:0:7");
  EXPECT_EQ(one->last, one->first);

  const auto bridge =
      read_network(R"({"name": "in", "driver": "bridge", "ipv6Subnet": "fd00:2::/64"})");
  ASSERT_TRUE(bridge) << bridge.error();
  EXPECT_EQ(bridge->first, "fd00:2::2");
  EXPECT_EQ(bridge->last, "fd00:2::ffff");
}

TEST(ReadNetwork, TakesAVlanWithItsDriver) {
  const std::string vlan = changed(changed(kLan, "/driver", "vlan").c_str(), "/vlan", 42);

  const auto network = read_network(vlan);

  ASSERT_TRUE(network) << network.error();
  EXPECT_EQ(network->access, (model::EniAccess{"vlan", "eth0", 42}));
}

TEST(ReadNetwork, SaysMemberValueAndWhatIsAllowed) {
  const struct {
    std::string text;
    const char* why;
  } table[] = {
      {"{", "JSON"},
      {"[]", "the file must hold one JSON object"},
      {changed(kLan, "/mtu", 1400), "mtu: is not known; members are name, driver, parent"},
      {changed(kLan, "/name", 7), "name: 7 must be a string"},
      {changed(kLan, "/name", "a b"), "name: \"a b\" must be 1 to 63 letters"},
      {without("name"), "name: \"\" must be 1 to 63 letters"},
      {changed(kLan, "/driver", "ipvlan"), "driver: \"ipvlan\" must be one of bridge, lan-routed"},
      {changed(kLan, "/driver", "cni"), "driver: \"cni\" has no addresses of the node's own"},
      {changed(kLan, "/driver", "hotplug"), "driver: \"hotplug\" has no addresses"},
      {changed(kLan, "/parent", "a/b"), "parent: \"a/b\" must be the name of a network device"},
      {changed(kBridge, "/parent", "eth0"), "parent: \"eth0\" is of no use with driver bridge"},
      {changed(kLan, "/vlan", 42), "vlan: 42 is for driver vlan alone"},
      {changed(kLan, "/driver", "vlan"), "vlan: is required with driver vlan: 1 to 4094"},
      {changed(changed(kLan, "/driver", "vlan").c_str(), "/vlan", 4095), "vlan: 4095 must be from"},
      {changed(kLan, "/subnet", "192.0.2.1/24"), "subnet: \"192.0.2.1/24\" must be an IPv4 subnet"},
      {changed(kLan, "/subnet", "192.0.2.0/31"), "with a prefix of 8 to 30"},
      {changed(kLan, "/subnet", "fd00::/64"), "subnet: \"fd00::/64\" must be an IPv4 subnet"},
      {without("gateway"), "gateway: is required with driver macvlan"},
      {without("addresses"), "addresses: is required with driver macvlan"},
      {changed(kLan, "/gateway", "192.0.3.1"),
       "gateway: \"192.0.3.1\" must be an address of subnet 192.0.2.0/24, 192.0.2.1 to "
       "192.0.2.254"},
      {changed(kLan, "/gateway", "192.0.2.255"), "gateway: \"192.0.2.255\" must be an address of"},
      {changed(kLan, "/gateway", "192.0.2.210"),
       "addresses: \"192.0.2.200-192.0.2.239\" must not contain the gateway, 192.0.2.210"},
      {changed(kLan, "/addresses", "192.0.2.9-192.0.2.8"), "must be two IPv4 addresses, the lower"},
      {changed(kLan, "/addresses", "192.0.2.9-"), "must be two IPv4 addresses"},
      {changed(kLan, "/addresses", "192.0.2.200-192.0.3.2"),
       "addresses: \"192.0.2.200-192.0.3.2\" must be within subnet 192.0.2.0/24, 192.0.2.1 to"},
      {changed(kLan, "/addresses", "192.0.2.200-192.0.2.255"), "must be within subnet"},
      {changed(kBridge, "/gateway", "10.50.0.9"), "addresses: is required where the gateway"},
      {without("ipv6Subnet"), "ipv6Gateway: \"fd00:1::1\" needs ipv6Subnet beside it"},
      {changed(kLan, "/ipv6Subnet", "fd00:1::/112"), "ipv6Subnet: \"fd00:1::/112\" must be an"},
      {changed(kLan, "/ipv6Gateway", "fd00:2::1"),
       "ipv6Gateway: \"fd00:2::1\" must be an address of fd00:1::/64 or of fe80::/10"},
      {changed(kLan, "/ipv6Gateway", "fd00:1::c8"),
       "ipv6Gateway: \"fd00:1::c8\" is the address of the task that has 192.0.2.200"},
      {changed(kIpv6, "/gateway", "192.0.2.1"), "gateway: \"192.0.2.1\" needs subnet beside it"},
      {changed(kIpv6, "/addresses", "192.0.2.1"), "must be two IPv6 addresses that differ in"},
      {changed(kIpv6, "/addresses", "fd00:1::9-fd00:1::8"), "must be two IPv6 addresses"},
      {changed(kIpv6, "/addresses", "fd00:1::1:0:8-fd00:1::2:0:8"), "in their last 32 bits alone"},
      {changed(kIpv6, "/addresses", "fd00:2::8"),
       "addresses: \"fd00:2::8\" must be within ipv6Subnet fd00:1::/64"},
      {changed(kIpv6, "/addresses", "fd00:1::-fd00:1::8"), "without its first address"},
      {changed(kIpv6, "/ipv6Gateway", "fd00:1::180"),
       "addresses: \"fd00:1::100-fd00:1::1ff\" must not contain ipv6Gateway, fd00:1::180"},
      {R"({"name": "six", "driver": "lan-routed", "ipv6Subnet": "fd00:1::/64"})",
       "addresses: is required with driver lan-routed: those of the LAN that are the node's to "
       "give away, such as fd00:1::100-fd00:1::1ff"},
      {changed(kLan, "/dnsServers/0", "ns1"), "dnsServers[0]: \"ns1\" must be an address"},
      {changed(kLan, "/searchDomains/0", "a b"), "searchDomains[0]: \"a b\" must be"},
      {changed(kLan, "/securityGroups/0/id", "x"),
       "securityGroups[0].id: is not known; members are groupId, ingress, egress"},
      {changed(kLan, "/securityGroups/0/ingress/0/port", 1),
       "securityGroups[0].ingress[0].port: is not known; members are protocol, fromPort"},
      {changed(kLan, "/securityGroups/0/ingress/0/protocol", "tpc"), "\"tpc\" must be \"tcp\""},
      {changed(kLan, "/securityGroups/0/ingress/0/fromPort", 81), "81"},
      {changed(kLan, "/securityGroups/1", {{"groupId", "sg-web"}}),
       "securityGroups[1].groupId: \"sg-web\" must be there only once"},
  };
  for (const auto& one : table) {
    const auto network = read_network(one.text);

    ASSERT_TRUE(network.failed_with(Errc::Invalid)) << one.text;
    EXPECT_THAT(network.error().message, HasSubstr(one.why)) << one.text;
  }
}

TEST(Range, KnowsWhichIpv6AddressGoesWithWhichIpv4Address) {
  const auto network = read_network(kLan);
  const auto beside = [&](const char* text) {
    return ipv4_beside(netns::parse_ip(text).value(), *network);
  };
  EXPECT_EQ(beside("fd00:1::ef"), "192.0.2.239");
  EXPECT_EQ(beside("fd00:1::f0"), std::nullopt);
  EXPECT_EQ(beside("fd00:1::1:0:c8"), std::nullopt);
}

}  // namespace
}  // namespace berth::networks
