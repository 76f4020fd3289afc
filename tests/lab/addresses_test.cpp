// addresses_test.cpp - prefixes, how subnets are divided, and which address goes to whom.
#include "lab/addresses.hpp"

#include <gtest/gtest.h>

#include <set>

namespace berth::lab {
namespace {

TEST(ParsePrefix, TakesWholeNetworksOnly) {
  for (const char* text : {"10.213.0.0/16", "0.0.0.0/0", "192.168.7.1/32", "fd00::/8", "::/0",
                           "fd00:1:2:300::/56", "::1/128"}) {
    auto prefix = parse_prefix(text);
    ASSERT_TRUE(prefix) << text;
    EXPECT_EQ(prefix->text(), text);
  }
  for (const char* bad : {"", "10.0.0.0", "10.0.0.1/16", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/-1",
                          "a/16", "fd00::1/64", "fd00::/129", "10.0.0.0/ 8"}) {
    EXPECT_TRUE(parse_prefix(bad).failed_with(Errc::Invalid)) << bad;
  }
}

TEST(CanonicalPrefix, DropsHostBits) {
  EXPECT_EQ(canonical_prefix("10.1.2.3/8")->text(), "10.0.0.0/8");
  EXPECT_EQ(canonical_prefix("FD00:0::5/64")->text(), "fd00::/64");
  EXPECT_EQ(canonical_prefix("fd00::5"), std::nullopt);
}

TEST(ParseAddress, TakesAMappedOneAsWhatItIs) {
  EXPECT_EQ(parse_address("::ffff:192.168.1.12")->text(), "192.168.1.12");
  EXPECT_EQ(parse_address("fd00:0::5")->text(), "fd00::5");
  for (const char* bad : {"", "10.0.0", "10.0.0.0/8", "fe80::1%eth0"}) {
    EXPECT_EQ(parse_address(bad), std::nullopt) << bad;
  }
}

TEST(Prefix, KnowsWhatItHoldsAndOverlaps) {
  const Prefix ten = *parse_prefix("10.0.0.0/8");
  const Prefix within = *parse_prefix("10.213.0.0/16");
  EXPECT_TRUE(ten.holds(within));
  EXPECT_FALSE(within.holds(ten));
  EXPECT_TRUE(within.overlaps(ten));
  EXPECT_FALSE(within.overlaps(*parse_prefix("10.214.0.0/16")));
  EXPECT_TRUE(ten.holds(*parse_address("10.255.0.1")));
  EXPECT_FALSE(ten.holds(*parse_address("11.0.0.1")));
  EXPECT_FALSE(parse_prefix("::/0")->holds(*parse_address("10.0.0.1")));
}

Subnet subnet(const char* ipv4, const char* ipv6) {
  Subnet one;
  one.id = "subnet-1";
  if (*ipv4) one.ipv4 = *parse_prefix(ipv4);
  if (*ipv6) one.ipv6 = *parse_prefix(ipv6);
  return one;
}

TEST(Subnet, IsDividedByItsSize) {
  struct Case {
    const char* ipv4;
    const char* ipv6;
    std::uint32_t blocks;
    std::uint32_t hosts;
    const char* second_ipv4;
    const char* second_ipv6;
  };
  for (const Case& c : {
           Case{"10.213.0.0/16", "", 256, 253, "10.213.1.0/24", ""},
           Case{"10.213.0.0/16", "fd00::/56", 256, 253, "10.213.1.0/24", "fd00:0:0:1::/64"},
           Case{"10.0.0.0/8", "fd00::/48", 65536, 253, "10.0.1.0/24", "fd00:0:0:1::/64"},
           Case{"10.213.0.0/20", "fd00::/64", 16, 253, "10.213.1.0/24", "fd00::1:0/112"},
           Case{"10.213.0.0/24", "", 16, 13, "10.213.0.16/28", ""},
           Case{"10.213.0.0/26", "", 8, 5, "10.213.0.8/29", ""},
           Case{"10.213.0.0/28", "", 2, 5, "10.213.0.8/29", ""},
           Case{"10.213.0.0/16", "fd00::/60", 16, 253, "10.213.1.0/24", "fd00:0:0:1::/64"},
           Case{"", "fd00::/64", 65536, 65533, "", "fd00::1:0/112"},
           Case{"", "fd00::/56", 256, 65533, "", "fd00:0:0:1::/64"},
       }) {
    const Subnet one = subnet(c.ipv4, c.ipv6);
    const std::string what = std::string(c.ipv4) + " " + c.ipv6;
    EXPECT_EQ(one.blocks(), c.blocks) << what;
    EXPECT_EQ(one.hosts(), c.hosts) << what;
    EXPECT_EQ(one.ipv4_block(1) ? one.ipv4_block(1)->text() : "", c.second_ipv4) << what;
    EXPECT_EQ(one.ipv6_block(1) ? one.ipv6_block(1)->text() : "", c.second_ipv6) << what;
  }
}

TEST(Subnet, FindsAnAddressAgain) {
  const Subnet both = subnet("10.213.0.0/16", "fd00::/56");
  EXPECT_EQ(host_address(*both.ipv4_block(3), 17), "10.213.3.17");
  EXPECT_EQ(host_address(*both.ipv6_block(3), 17), "fd00:0:0:3::11");
  EXPECT_EQ(both.place_of("10.213.3.17"), (Place{3, 17}));
  EXPECT_EQ(both.place_of("fd00:0:0:3::11"), (Place{3, 17}));
  for (const char* elsewhere : {"10.214.0.1", "fd01::1", "fd00:0:0:3:1::", ""}) {
    EXPECT_EQ(both.place_of(elsewhere), std::nullopt) << elsewhere;
  }
}

TEST(Subnet, SurvivesItsRecord) {
  for (const Subnet& one : {subnet("10.0.0.0/16", ""), subnet("", "fd00::/64")}) {
    auto back = subnet_from_record(to_record(one));
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(to_record(*back), to_record(one));
  }
  for (const char* bad : {R"({})", R"({"id": "s"})", R"({"id": "s", "ipv4": "10.0.0.1/8"})"}) {
    EXPECT_TRUE(subnet_from_record(Json::parse(bad)).failed_with(Errc::Broken)) << bad;
  }
}

TEST(Addresses, NeverGiveOutTwiceWhatIsInUse) {
  Addresses addresses(subnet("10.213.0.0/16", "fd00::/56"));
  const auto block = addresses.take_block();
  ASSERT_TRUE(block);
  std::set<Place> seen;
  for (int i = 0; i < 253; ++i) {
    EXPECT_EQ(addresses.obstacle(*block), std::nullopt);
    auto place = addresses.draw(*block);
    ASSERT_TRUE(place) << i;
    EXPECT_TRUE(seen.insert(*place).second) << place->host;
    EXPECT_GT(place->host, Subnet::kGatewayHost);
    EXPECT_LT(place->host, 255u);
  }

  auto none = addresses.draw(*block);

  ASSERT_TRUE(none.failed_with(Errc::Exhausted));
  EXPECT_EQ(none.error().message,
            "subnet-1: all 253 addresses of the instance's block 10.213.0.0/24 are in use");
  EXPECT_EQ(addresses.obstacle(*block), none.error().message);
  EXPECT_EQ(addresses.left(), 255u * 253u);
}

TEST(Addresses, LetAnAddressCoolDown) {
  Addresses addresses(subnet("10.213.0.0/16", ""));
  const auto block = addresses.take_block();
  const Place first = *addresses.draw(*block);

  addresses.give_back(host_address(*addresses.subnet().ipv4_block(*block), first.host));

  for (int i = 0; i < 252; ++i) {
    auto place = addresses.draw(*block);
    ASSERT_TRUE(place);
    EXPECT_NE(*place, first);
  }
  EXPECT_EQ(*addresses.draw(*block), first);
}

TEST(Addresses, KeepWhatTheRecordsSay) {
  Addresses addresses(subnet("10.213.0.0/28", ""));
  addresses.keep_block(0);
  addresses.keep("10.213.0.2");
  addresses.keep("10.9.9.9");  // of no block: nobody's concern

  EXPECT_EQ(*addresses.take_block(), 1u);
  EXPECT_EQ(addresses.draw(0)->host, 3u);
}

TEST(Addresses, GiveEachInstanceABlockOfItsOwn) {
  Addresses addresses(subnet("10.213.4.0/28", ""));
  EXPECT_EQ(*addresses.take_block(), 0u);
  EXPECT_EQ(addresses.obstacle(std::nullopt), std::nullopt);
  EXPECT_EQ(*addresses.take_block(), 1u);
  EXPECT_TRUE(addresses.take_block().failed_with(Errc::Exhausted));
  EXPECT_EQ(addresses.obstacle(std::nullopt), "subnet-1: all 2 blocks belong to other instances");

  addresses.give_back_block(0);
  EXPECT_EQ(*addresses.take_block(), 0u);
}

}  // namespace
}  // namespace berth::lab
