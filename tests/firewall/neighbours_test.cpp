// neighbours_test.cpp - who drops on a host, and where he may be told otherwise.
#include "firewall/neighbours.hpp"

#include <gmock/gmock.h>

namespace berth::firewall {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string base_chain(const std::string& name, const std::string& hook,
                       const std::string& policy) {
  return "\tchain " + name + " {\n\t\ttype filter hook " + hook + " priority filter; policy " +
         policy + ";\n\t}\n";
}
std::string chain(const std::string& name) {
  return "\tchain " + name + " {\n\t}\n";
}
std::string table(const std::string& name, const std::string& chains) {
  return "table " + name + " {\n" + chains + "}\n";
}

TEST(NeighboursIn, FindsThePlaceThatIsMeantForUs) {
  const std::string drops = base_chain("FORWARD", "forward", "drop");
  struct Case {
    const char* what;
    std::string listing;
    std::vector<Opening> openings;
  };
  const Case cases[] = {
      {"Docker",
       table("ip filter", chain("DOCKER-USER") + drops),
       {{"ip", "filter", "DOCKER-USER"}}},
      {"Docker, both families",
       table("ip filter", drops + chain("DOCKER-USER")) +
           table("ip6 filter", chain("DOCKER-USER") + drops),
       {{"ip", "filter", "DOCKER-USER"}, {"ip6", "filter", "DOCKER-USER"}}},
      {"Docker where nothing is dropped",
       table("ip filter", base_chain("FORWARD", "forward", "accept") + chain("DOCKER-USER")),
       {}},
      {"ufw",
       table("ip filter", chain("ufw-user-input") + chain("ufw-user-forward") +
                              base_chain("INPUT", "input", "drop") + drops),
       {{"ip", "filter", "ufw-user-input", true}, {"ip", "filter", "ufw-user-forward"}}},
      {"ufw that lets everything in",
       table("ip filter", chain("ufw-user-input") + chain("ufw-user-forward") +
                              base_chain("INPUT", "input", "accept") + drops),
       {{"ip", "filter", "ufw-user-forward"}}},
      {"ufw, IPv6",
       table("ip6 filter", chain("ufw6-user-forward") + drops),
       {{"ip6", "filter", "ufw6-user-forward"}}},
      {"Docker beside ufw: the first that the chain comes to",
       table("ip filter", chain("ufw-user-forward") + chain("DOCKER-USER") + drops),
       {{"ip", "filter", "DOCKER-USER"}}},
      {"a chain of that name in another table",
       table("ip filter", drops) + table("ip nat", chain("DOCKER-USER")),
       {}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(neighbours_in(c.listing, "berth").openings, c.openings) << c.what;
  }
}

TEST(NeighboursIn, NamesTheChainsThatDropWithoutSuchAPlace) {
  const std::string listing =
      table("inet berth", base_chain("forward", "forward", "drop")) +
      table("ip filter", chain("DOCKER") + base_chain("FORWARD", "forward", "drop") +
                             base_chain("INPUT", "input", "drop")) +
      table("ip6 filter", base_chain("FORWARD", "forward", "drop")) +
      table("inet site",
            base_chain("forward", "forward", "drop") + base_chain("later", "forward", "accept")) +
      table("bridge filter", base_chain("FORWARD", "forward", "drop"));

  const Neighbours found = neighbours_in(listing, "berth");

  EXPECT_THAT(found.drops,
              ElementsAre("ip filter FORWARD", "ip6 filter FORWARD", "inet site forward"));
  EXPECT_THAT(found.openings, IsEmpty());
  EXPECT_FALSE(found.has_firewalld);
}

TEST(NeighboursIn, KnowsFirewalldByItsTable) {
  const std::string listing =
      table("inet firewalld", base_chain("filter_FORWARD", "forward", "accept"));

  EXPECT_TRUE(neighbours_in(listing, "berth").has_firewalld);
  EXPECT_EQ(neighbours_in("", "berth"), Neighbours());
}

TEST(OpeningIn, ReadsWhatWasWrittenDown) {
  for (const Opening& opening :
       {Opening{"ip", "filter", "DOCKER-USER"}, Opening{"ip6", "filter", "ufw6-user-forward"},
        Opening{"ip", "filter", "ufw-user-input", true}}) {
    const auto read = opening_in(text_of(opening));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(*read, opening);
  }
  for (const char* text : {"", "ip filter FORWARD", "inet filter DOCKER-USER", "ip DOCKER-USER",
                           "ip filter DOCKER-USER x", "ip fil;ter DOCKER-USER"}) {
    EXPECT_TRUE(opening_in(text).failed_with(Errc::Invalid)) << text;
  }
}

}  // namespace
}  // namespace berth::firewall
