// spec_test.cpp - addresses as text, by table.
#include "netns/spec.hpp"

#include <gtest/gtest.h>

#include "netns/drivers/veth.hpp"

namespace berth::netns {
namespace {

TEST(ParseMac, TakesUnicastAddressesOnly) {
  EXPECT_EQ(text_of(*parse_mac("0A:1b:2c:3d:4e:5f")), "0a:1b:2c:3d:4e:5f");
  for (const std::string wrong :
       {"", "0a:1b:2c:3d:4e", "0a:1b:2c:3d:4e:5f:60", "0a-1b-2c-3d-4e-5f", "0a:1b:2c:3d:4e:5g",
        "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", " a:1b:2c:3d:4e:5f"}) {
    const auto parsed = parse_mac(wrong);
    EXPECT_TRUE(parsed.failed_with(Errc::Invalid)) << wrong;
  }
}

TEST(ParseIp, KnowsBothFamilies) {
  EXPECT_EQ(text_of(*parse_ip("10.213.1.5")), "10.213.1.5");
  EXPECT_EQ(text_of(*parse_ip("FD00::0:1")), "fd00::1");
  EXPECT_TRUE(parse_ip("fd00::1")->is_v6);
  for (const std::string wrong : {"", "10.213.1", "10.213.1.256", "localhost", "10.0.0.1/8"}) {
    EXPECT_TRUE(parse_ip(wrong).failed_with(Errc::Invalid)) << wrong;
  }
}

TEST(ParseIpInterface, WantsAnAddressAndItsPrefix) {
  EXPECT_EQ(text_of(*parse_ip_interface("10.213.1.5/24")), "10.213.1.5/24");
  EXPECT_EQ(text_of(*parse_ip_interface("fd00::5/64")), "fd00::5/64");
  for (const std::string wrong : {"10.213.1.5", "10.213.1.5/", "10.213.1.5/33", "10.213.1.5/-1",
                                  "/24", "fd00::5/129", "10.213.1.5/24 "}) {
    EXPECT_TRUE(parse_ip_interface(wrong).failed_with(Errc::Invalid)) << wrong;
  }
}

TEST(SubnetOf, ClearsTheHostBits) {
  const struct {
    const char* interface;
    const char* subnet;
  } rows[] = {{"10.213.1.5/24", "10.213.1.0/24"},
              {"10.213.1.255/28", "10.213.1.240/28"},
              {"10.213.1.5/32", "10.213.1.5/32"},
              {"10.213.1.5/0", "0.0.0.0/0"},
              {"fd00:1:2:3ff::5/55", "fd00:1:2:200::/55"}};
  for (const auto& row : rows) {
    EXPECT_EQ(text_of(subnet_of(*parse_ip_interface(row.interface))), row.subnet);
  }
}

TEST(TailOf, IsTheLast32Bits) {
  const IpAddress address = *parse_ip("fd00:1:2:3:4:5:c000:2c8");

  EXPECT_EQ(tail_of(address), 0xc00002c8u);
  EXPECT_EQ(text_of(head_of(address)), "fd00:1:2:3:4:5::");
  EXPECT_EQ(text_of(with_tail(address, 0x10002)), "fd00:1:2:3:4:5:1:2");
  EXPECT_EQ(with_tail(head_of(address), tail_of(address)), address);
}

TEST(TextOf, DescribesAnEndpointInOneLine) {
  OwnInterface own;
  own.mac = *parse_mac("0a:00:00:00:00:05");
  own.ipv4 = *parse_ip_interface("10.213.1.5/24");
  own.ipv6 = *parse_ip_interface("fd00::5/64");

  EXPECT_EQ(text_of(Endpoint{HostNetwork{}}), "host");
  EXPECT_EQ(text_of(Endpoint{NoNetwork{}}), "none");
  EXPECT_EQ(text_of(Endpoint{own}), "eth0 10.213.1.5/24 fd00::5/64 0a:00:00:00:00:05");
}

TEST(HostEndName, ShowsTheStartOfATaskId) {
  EXPECT_EQ(host_end_name("3f2a9c04d7e8412b9a6f0c1d2e3f4a5b"), "be3f2a9c04d7e8");
  EXPECT_EQ(host_end_name("3f2a9c04-d7e8-412b-9a6f-0c1d2e3f4a5b"), "be3f2a9c04d7e8");
}

TEST(HostEndName, HashesEverythingElse) {
  for (const std::string name : {"web", "a", "static-web-app", "3F2A9C04D7E8412B", "deadbeef",
                                 "3f2a9c04d7e8412b9a6f0c1d2e3f4a5b-1"}) {
    EXPECT_EQ(host_end_name(name).size(), 14U) << name;
    EXPECT_TRUE(host_end_name(name).starts_with("be")) << name;
  }
  EXPECT_NE(host_end_name("static-web-app-1"), host_end_name("static-web-app-2"));
  EXPECT_EQ(host_end_name("web"), host_end_name("web"));
}

TEST(DerivedMac, IsAlwaysTheSameForOneSeed) {
  EXPECT_EQ(derived_mac(0x02, "berth0"), derived_mac(0x02, "berth0"));
  EXPECT_NE(derived_mac(0x02, "berth0"), derived_mac(0x02, "berth1"));
  EXPECT_TRUE(parse_mac(text_of(derived_mac(0xfe, "x"))));
}

}  // namespace
}  // namespace berth::netns
