// result_test.cpp - answers to ADD of every version.
#include "cni/result.hpp"

#include <gtest/gtest.h>

namespace berth::cni {
namespace {

// As the plugin bridge of containernetworking-plugins 1.1.1 gives it.
constexpr const char* kBridge = R"({"cniVersion": "1.0.0",
  "interfaces": [{"name": "cni0", "mac": "1a:00:00:00:00:01"},
                 {"name": "veth1", "mac": "1a:00:00:00:00:02"},
                 {"name": "eth0", "mac": "1a:00:00:00:00:03", "sandbox": "/run/netns/x"}],
  "ips": [{"interface": 2, "address": "10.9.0.2/24", "gateway": "10.9.0.1"},
          {"interface": 2, "address": "fd00::2/64"}],
  "routes": [{"dst": "0.0.0.0/0"}, {"dst": "10.0.0.0/8", "gw": "10.9.0.9"}],
  "dns": {"nameservers": ["10.0.0.2"], "search": ["example.org"], "options": ["ndots:2"]}})";

TEST(ParseAttached, ReadsInterfacesAddressesRoutesAndNames) {
  const auto attached = parse_attached(kBridge);

  ASSERT_TRUE(attached) << attached.error();
  EXPECT_EQ(attached->interfaces[2], (Interface{"eth0", "1a:00:00:00:00:03", "/run/netns/x", 0}));
  EXPECT_EQ(attached->addresses[0], (Address{"10.9.0.2/24", "10.9.0.1", 2, false}));
  EXPECT_EQ(attached->addresses[1], (Address{"fd00::2/64", "", 2, true}));
  EXPECT_EQ(attached->routes[1], (Route{"10.0.0.0/8", "10.9.0.9"}));
  EXPECT_EQ(attached->dns, (Dns{{"10.0.0.2"}, "", {"example.org"}, {"ndots:2"}}));
  EXPECT_EQ(inner_address(*attached, false)->address, "10.9.0.2/24");
  EXPECT_EQ(inner_address(*attached, true)->address, "fd00::2/64");
  EXPECT_EQ(inner_interface(*attached, "eth0")->mac, "1a:00:00:00:00:03");
  EXPECT_EQ(inner_interface(*attached, "veth1"), nullptr);
  EXPECT_EQ(outer_interface(*attached)->name, "veth1");
}

TEST(ParseAttached, ReadsWhatIsNewIn11) {
  const auto attached = parse_attached(
      R"({"cniVersion":"1.1.0","interfaces":[{"name":"eth0","sandbox":"/n","mtu":1400,)"
      R"("socketPath":"","pciID":""}],"ips":[{"address":"10.9.0.2/24","interface":0}],)"
      R"("routes":[{"dst":"0.0.0.0/0","gw":"10.9.0.1","mtu":1400,"priority":10,"table":7}]})");

  ASSERT_TRUE(attached) << attached.error();
  EXPECT_EQ(attached->interfaces[0].mtu, 1400U);
  EXPECT_EQ(outer_interface(*attached), nullptr);
}

TEST(ParseAttached, ReadsTheEarlyForms) {
  const auto third = parse_attached(
      R"({"cniVersion":"0.3.1","ips":[{"version":"4","interface":-1,"address":"10.9.0.2/24"}]})");
  ASSERT_TRUE(third) << third.error();
  EXPECT_EQ(inner_address(*third, false)->address, "10.9.0.2/24");

  const auto second =
      parse_attached(R"({"cniVersion":"0.2.0","ip4":{"ip":"10.9.0.2/24","gateway":"10.9.0.1",)"
                     R"("routes":[{"dst":"0.0.0.0/0"}]},"ip6":{"ip":"fd00::2/64"}})");
  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->addresses[0], (Address{"10.9.0.2/24", "10.9.0.1", std::nullopt, false}));
  EXPECT_EQ(inner_address(*second, true)->address, "fd00::2/64");
  EXPECT_EQ(second->routes[0].to, "0.0.0.0/0");
}

TEST(ParseAttached, NamesTheMemberThatIsWrong) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"[]", "answer to ADD: must be an object"},
      {R"({"ips":7})", "answer to ADD.ips: 7 must be a list"},
      {R"({"ips":[{"address":"10.9.0.2"}]})",
       "answer to ADD.ips[0].address: \"10.9.0.2\" must be an address with its prefix length"},
      {R"({"ips":[{"address":"10.9.0.2/40"}]})",
       "answer to ADD.ips[0].address: \"10.9.0.2/40\" must be an address with its prefix length"},
      {R"({"ips":[{"address":"10.9.0.2/24","gateway":"x"}]})",
       "answer to ADD.ips[0].gateway: \"x\" must be an address"},
      {R"({"ips":[{"address":"10.9.0.2/24","interface":0}]})",
       "answer to ADD.ips[0].interface: 0: there are 0 interfaces"},
      {R"({"interfaces":[{}]})", "answer to ADD.interfaces[0].name: is required"},
      {R"({"interfaces":[{"name":"e","mtu":-1}]})",
       "answer to ADD.interfaces[0].mtu: must be 0 to 65536"},
      {R"({"routes":[{"dst":"x"}]})",
       "answer to ADD.routes[0].dst: \"x\" must be an address with its prefix length"},
      {R"({"dns":{"nameservers":["x"]}})",
       "answer to ADD.dns: dns.nameservers: \"x\" must be an address"},
  };
  for (const auto& [text, why] : rows) {
    const auto attached = parse_attached(text);
    ASSERT_TRUE(attached.failed_with(Errc::Invalid)) << text;
    EXPECT_EQ(attached.error().message, why);
  }
}

}  // namespace
}  // namespace berth::cni
