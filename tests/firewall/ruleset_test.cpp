// ruleset_test.cpp - rulesets as text, and what nft lists read back.
#include "firewall/ruleset.hpp"

#include <gmock/gmock.h>

namespace berth::firewall {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(TextOf, IsOneTransactionThatCanBeRepeated) {
  const auto text = text_of(Ruleset{"berth", "berth0", {"10.213.1.0/24"}});

  ASSERT_TRUE(text) << text.error();
  EXPECT_EQ(*text,
            "add table ip berth\n"
            "add set ip berth subnets { type ipv4_addr; flags interval; auto-merge; }\n"
            "add chain ip berth postrouting "
            "{ type nat hook postrouting priority 100; policy accept; }\n"
            "add chain ip berth forward "
            "{ type filter hook forward priority -10; policy accept; }\n"
            "flush chain ip berth postrouting\n"
            "flush chain ip berth forward\n"
            "add rule ip berth postrouting ip saddr @subnets oifname != \"berth0\" masquerade\n"
            "add rule ip berth forward iifname \"berth0\" accept\n"
            "add rule ip berth forward oifname \"berth0\" accept\n"
            "add element ip berth subnets { 10.213.1.0/24 }\n");
}

TEST(TextOf, ClearsTheHostBitsOfSubnets) {
  const auto text = text_of(Ruleset{"berth", "berth0", {"10.213.1.77/28", "10.0.0.1/32"}});

  ASSERT_TRUE(text) << text.error();
  EXPECT_THAT(*text, HasSubstr("{ 10.213.1.64/28 }"));
  EXPECT_THAT(*text, HasSubstr("{ 10.0.0.1/32 }"));
}

TEST(TextOf, RefusesWhatCouldBeReadAsMoreThanAName) {
  const struct {
    Ruleset rules;
    const char* names;
  } rows[] = {{{"", "berth0", {}}, "table"},
              {{"9berth", "berth0", {}}, "table"},
              {{"berth; flush ruleset", "berth0", {}}, "table"},
              {{"berth\n", "berth0", {}}, "table"},
              {{"berth", "", {}}, "bridge"},
              {{"berth", "berth0\" accept; #", {}}, "bridge"},
              {{"berth", "sixteen-letters-", {}}, "bridge"},
              {{"berth", "berth0", {"10.213.1.0"}}, "subnet \"10.213.1.0\""},
              {{"berth", "berth0", {"10.213.1.0/33"}}, "subnet"},
              {{"berth", "berth0", {"0.0.0.0/0"}}, "subnet"},
              {{"berth", "berth0", {"fd00::/64"}}, "subnet"},
              {{"berth", "berth0", {"10.213.1.0/24 }"}}, "subnet"}};
  for (const auto& row : rows) {
    const auto text = text_of(row.rules);
    ASSERT_TRUE(text.failed_with(Errc::Invalid)) << row.names;
    EXPECT_THAT(text.error().message, HasSubstr(row.names));
  }
}

TEST(RemovalText, SucceedsWithoutTheTable) {
  EXPECT_EQ(*removal_text("berth"), "add table ip berth\ndelete table ip berth\n");
  EXPECT_TRUE(removal_text("a b").failed_with(Errc::Invalid));
}

// As `nft list chains` of nftables 1.0.6 prints it on a host with Docker, ufw and berth.
constexpr char kListing[] = R"(table ip berth {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
	}
	chain forward {
		type filter hook forward priority filter - 10; policy drop;
	}
}
table ip filter {
	chain DOCKER {
	}
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
	chain INPUT {
		type filter hook input priority filter; policy drop;
	}
}
table ip6 filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
}
table inet site {
	chain forward {
		type filter hook forward priority 5; policy drop;
	}
	chain later {
		type filter hook forward priority 10; policy accept;
	}
}
)";

TEST(ForwardDropsIn, NamesTheChainsIpv4PacketsMeet) {
  EXPECT_THAT(forward_drops_in(kListing, "berth"),
              ElementsAre("ip filter FORWARD", "inet site forward"));
  EXPECT_THAT(forward_drops_in("", "berth"), IsEmpty());
}

}  // namespace
}  // namespace berth::firewall
