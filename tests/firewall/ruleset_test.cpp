// ruleset_test.cpp - rulesets as text, and what nft lists read back.
#include "firewall/ruleset.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "firewall/security_group.hpp"

namespace berth::firewall {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Device kDevice{.name = "be0123456789ab",
                     .mac = "0a:00:00:00:00:02",
                     .addresses = {"10.213.1.2", "fd00::2", "2001:db8::2"}};

TEST(TextToAdd, HasAnElementForEachAddress) {
  const auto text = text_to_add("berth", kDevice);

  ASSERT_TRUE(text) << text.error();
  EXPECT_THAT(*text, HasSubstr("add element inet berth ports { \"be0123456789ab\" }\n"));
  EXPECT_THAT(*text, HasSubstr("sources4 { \"be0123456789ab\" . 0a:00:00:00:00:02 . 10.213.1.2 }"));
  EXPECT_THAT(*text, HasSubstr("addresses4 { 10.213.1.2 }"));
  EXPECT_THAT(*text, HasSubstr("addresses6 { fd00::2 }"));
  EXPECT_THAT(*text, Not(HasSubstr("chain")));
}

TEST(TextToAdd, LetsNeighboursBeLookedForWhereTheyAreNotKnownForGood) {
  Device looks = kDevice;
  looks.is_discovered = true;

  EXPECT_THAT(*text_to_add("berth", kDevice), Not(HasSubstr("discovered")));
  EXPECT_THAT(*text_to_add("berth", looks), HasSubstr("discovered { \"be0123456789ab\" }\n"));
}

TEST(TextToAdd, TranslatesAllAddressesButThoseOfALan) {
  Device on_lan = kDevice;
  on_lan.is_known_outside = true;

  EXPECT_THAT(*text_to_add("berth", kDevice), HasSubstr("translated4 { 10.213.1.2 }"));
  EXPECT_THAT(*text_to_add("berth", on_lan), Not(HasSubstr("translated")));
}

TEST(TextOf, AGatewayTranslatesNothingAndForwardsForItsNetworkOnly) {
  const auto of_host = text_of(Ruleset{.table = "berth"});
  const auto of_gateway = text_of(Ruleset{.table = "berth", .is_of_gateway = true});

  ASSERT_TRUE(of_gateway) << of_gateway.error();
  EXPECT_THAT(*of_host, HasSubstr("type nat hook"));
  EXPECT_THAT(*of_gateway, Not(HasSubstr("type nat hook")));
  EXPECT_THAT(*of_host, Not(HasSubstr("meta nfproto ipv4 drop")));
  EXPECT_THAT(*of_gateway, HasSubstr("meta nfproto ipv4 drop"));
  EXPECT_THAT(*of_gateway, HasSubstr("iifname @ports ip daddr 169.254.170.2 tcp dport 80 accept\n"
                                     "    iifname vmap @egress"));
}

TEST(TextToAdd, LetsPassWhatTheNetworkHasBeside) {
  Device device = kDevice;
  device.beside = {"10.9.0.2", "fd09::2"};
  device.is_without_imds = true;

  const auto text = text_to_add("berth", device);

  ASSERT_TRUE(text) << text.error();
  EXPECT_THAT(*text, HasSubstr("add element inet berth beside4 { 10.9.0.2 }\n"));
  EXPECT_THAT(*text, HasSubstr("add element inet berth beside6 { fd09::2 }\n"));
  EXPECT_THAT(*text, HasSubstr("add element inet berth beside_without_imds4 { 10.9.0.2 }\n"));
  EXPECT_THAT(*text, Not(HasSubstr("addresses4 { 10.9.0.2 }")));
}

TEST(TextToAdd, LetsThroughOnlyWhatGroupsAllow) {
  Device member = kDevice;
  member.groups = {"sg-1", "sg-2"};

  EXPECT_THAT(*text_to_add("berth", member),
              HasSubstr("add chain inet berth to-be0123456789ab\n"
                        "add chain inet berth from-be0123456789ab\n"
                        "add rule inet berth to-be0123456789ab jump in-sg-1\n"
                        "add rule inet berth from-be0123456789ab jump out-sg-1\n"
                        "add rule inet berth to-be0123456789ab jump in-sg-2\n"
                        "add rule inet berth from-be0123456789ab jump out-sg-2\n"
                        "add rule inet berth to-be0123456789ab drop\n"
                        "add rule inet berth from-be0123456789ab drop\n"));
}

TEST(TextToAdd, RefusesWhatCouldBeReadAsMoreThanAName) {
  const struct {
    std::function<void(Device&)> spoil;
    const char* names;
  } rows[] = {
      {[](Device& device) { device.name = "be\" }; flush ruleset"; }, "device"},
      {[](Device& device) { device.name = ""; }, "device"},
      {[](Device& device) { device.name = "sixteen-letters-"; }, "device"},
      {[](Device& device) { device.mac = "0a:00:00:00:00"; }, "MAC address \"0a:00:00:00:00\""},
      {[](Device& device) { device.mac = "0a:00:00:00:00:0g"; }, "MAC address"},
      {[](Device& device) { device.addresses = {"10.0.0.0/8"}; }, "address \"10.0.0.0/8\""},
      {[](Device& device) { device.groups = {"sg 1"}; }, "security group \"sg 1\""},
      {[](Device& device) { device.published = {{"sctp", 1, 1}}; }, "protocol \"sctp\""}};
  for (const auto& row : rows) {
    Device spoiled = kDevice;
    row.spoil(spoiled);
    const auto text = text_to_add("berth", spoiled);
    ASSERT_TRUE(text.failed_with(Errc::Invalid)) << row.names;
    EXPECT_THAT(text.error().message, HasSubstr(row.names));
  }
}

TEST(TextOf, MakesTheTableAsAWhole) {
  Ruleset rules{.table = "berth"};
  rules.direct = {"10.213.1.77/24", "fd01::/64"};
  rules.devices.emplace(kDevice.name, kDevice);

  const auto text = text_of(rules);

  ASSERT_TRUE(text) << text.error();
  EXPECT_TRUE(text->starts_with("table inet berth {\n"));
  EXPECT_THAT(*text, HasSubstr("direct4 { 10.213.1.0/24 }"));
  EXPECT_THAT(*text, HasSubstr("direct6 { fd01::/64 }"));
  EXPECT_THAT(*text, HasSubstr("fib daddr type local dnat ip to"));
  EXPECT_THAT(*text, HasSubstr(*text_to_add("berth", kDevice)));
}

TEST(TextOf, PublishesOnTheAddressesGiven) {
  Ruleset rules{.table = "berth", .publish_addresses = {"192.0.2.1", "127.0.0.1"}};

  const auto text = text_of(rules);

  ASSERT_TRUE(text) << text.error();
  EXPECT_THAT(*text, HasSubstr("ip daddr { 192.0.2.1, 127.0.0.1 } dnat ip to"));
  EXPECT_THAT(*text, Not(HasSubstr("@published6\n")));
  rules.publish_addresses = {"everywhere"};
  EXPECT_TRUE(text_of(rules).failed_with(Errc::Invalid));
}

TEST(TextOf, RefusesWhatIsNoTable) {
  for (const std::string table : {"", "9berth", "berth; flush ruleset", "berth\n"}) {
    const auto text = text_of(Ruleset{.table = table});
    ASSERT_TRUE(text.failed_with(Errc::Invalid)) << table;
    EXPECT_THAT(text.error().message, HasSubstr("table"));
  }
}

TEST(RulesText, TurnsRulesIntoMatches) {
  const struct {
    GroupRule rule;
    const char* match;
  } rows[] = {{{.cidrs = {"0.0.0.0/0"}}, "in-sg-1 meta nfproto ipv4 accept"},
              {{.cidrs = {"::/0"}}, "in-sg-1 meta nfproto ipv6 accept"},
              {{.protocol = "tcp", .from_port = 80, .to_port = 90, .cidrs = {"10.1.2.3/8"}},
               "in-sg-1 ip saddr 10.0.0.0/8 tcp dport 80-90 accept"},
              {{.protocol = "17", .from_port = 53, .to_port = 53, .cidrs = {"fd00::/64"}},
               "in-sg-1 ip6 saddr fd00::/64 udp dport 53-53 accept"},
              {{.protocol = "tcp", .group_ids = {"sg-2"}},
               "in-sg-1 ip6 saddr @members6-sg-2 meta l4proto tcp accept"},
              {{.protocol = "icmp", .from_port = 8, .to_port = 0, .cidrs = {"0.0.0.0/0"}},
               "meta nfproto ipv4 icmp type 8 icmp code 0 accept"},
              {{.protocol = "icmp", .cidrs = {"0.0.0.0/0"}}, "meta l4proto icmp accept"},
              {{.protocol = "47", .cidrs = {"0.0.0.0/0"}}, "meta l4proto 47 accept"}};
  for (const auto& row : rows) {
    const auto text = rules_text("berth", {.id = "sg-1", .ingress = {row.rule}});
    ASSERT_TRUE(text) << text.error();
    EXPECT_THAT(*text, HasSubstr(row.match));
  }
}

TEST(RulesText, RefusesByField) {
  const struct {
    GroupRule rule;
    const char* names;
  } rows[] = {
      {{.protocol = "quic"}, "protocol \"quic\": must be tcp, udp, icmp, icmpv6, -1 or 0 to 255"},
      {{.protocol = "256"}, "protocol \"256\""},
      {{.protocol = "tcp", .from_port = 70000, .to_port = 70000}, "fromPort \"70000\""},
      {{.protocol = "tcp", .from_port = 90, .to_port = 80}, "toPort \"80\": must be at least"},
      {{.protocol = "icmp", .from_port = 256}, "fromPort \"256\": must be 0 to 255"},
      {{.cidrs = {"10.0.0.1"}}, "address block \"10.0.0.1\""},
      {{.cidrs = {"10.0.0.0/33"}}, "address block \"10.0.0.0/33\""},
      {{.group_ids = {"sg }"}}, "security group \"sg }\""}};
  for (const auto& row : rows) {
    const auto text = rules_text("berth", {.id = "sg-1", .egress = {row.rule}});
    ASSERT_TRUE(text.failed_with(Errc::Invalid)) << row.names;
    EXPECT_THAT(text.error().message, HasSubstr(row.names));
  }
}

TEST(RemovalText, SucceedsWithoutTheTable) {
  EXPECT_EQ(*removal_text("berth"), "add table inet berth\ndelete table inet berth\n");
  EXPECT_TRUE(removal_text("a b").failed_with(Errc::Invalid));
}

}  // namespace
}  // namespace berth::firewall
