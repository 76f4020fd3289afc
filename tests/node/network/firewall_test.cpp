// firewall_test.cpp - the table in the real kernel.
#include <gmock/gmock.h>

#include <fstream>
#include <iostream>

#include "firewall/nftables.hpp"
#include "firewall/table.hpp"
#include "tests/node/network/host.hpp"

namespace berth::firewall {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FirewallTest : public netns::HostTest {
 protected:
  std::string listing() {
    auto text = run_nftables("list table ip berth\n");
    return text ? *text : text.error().text();
  }
};

TEST_F(FirewallTest, ApplyingBringsTheTableAbout) {
  ASSERT_EQ(*exists("berth"), false);

  const auto applied = apply({"berth", "berth0", {"10.213.1.0/24"}});

  ASSERT_TRUE(applied) << applied.error();
  EXPECT_EQ(*exists("berth"), true);
  EXPECT_THAT(listing(), HasSubstr("elements = { 10.213.1.0/24 }"));
  EXPECT_THAT(listing(), HasSubstr("ip saddr @subnets oifname != \"berth0\" masquerade"));
}

TEST_F(FirewallTest, ApplyingAgainChangesNothing) {
  ASSERT_TRUE(apply({"berth", "berth0", {"10.213.1.0/24"}}));
  const std::string before = listing();

  ASSERT_TRUE(apply({"berth", "berth0", {"10.213.1.0/24"}}));

  EXPECT_EQ(listing(), before);
}

TEST_F(FirewallTest, ApplyingKeepsSubnetsAndReplacesRules) {
  ASSERT_TRUE(apply({"berth", "berth0", {"10.213.1.0/24"}}));

  ASSERT_TRUE(apply({"berth", "other0", {"10.213.3.9/24", "10.213.3.0/25"}}));

  EXPECT_THAT(listing(), HasSubstr("elements = { 10.213.1.0/24, 10.213.3.0/24 }"));
  EXPECT_THAT(listing(), HasSubstr("other0"));
  EXPECT_THAT(listing(), Not(HasSubstr("berth0")));
}

TEST_F(FirewallTest, RemovingTakesOnlyItsOwnTable) {
  ASSERT_TRUE(run_nftables("add table ip stranger\n"));
  ASSERT_TRUE(apply({"berth", "berth0", {}}));

  for (int time = 0; time < 2; ++time) {
    const auto removed = remove("berth");
    EXPECT_TRUE(removed) << removed.error();
  }

  EXPECT_EQ(*exists("berth"), false);
  EXPECT_EQ(*exists("stranger"), true);
}

TEST_F(FirewallTest, TablesMayBeNamedAsContainerdNamespaces) {
  for (const std::string table : {"berth-2", "a.b_c", "b"}) {
    const auto applied = apply({table, "berth0", {"10.0.0.0/8"}});
    EXPECT_TRUE(applied) << applied.error();
    EXPECT_EQ(*exists(table), true);
  }
}

TEST_F(FirewallTest, ARefusedTextSaysWhyAndChangesNothing) {
  const auto refused = run_nftables("add table ip berth\nadd rule ip berth nowhere accept\n");

  EXPECT_TRUE(refused.failed_with(Errc::NotFound)) << refused.error();
  EXPECT_THAT(refused.error().message, HasSubstr("No such file or directory"));
  EXPECT_EQ(*exists("berth"), false);
  EXPECT_TRUE(run_nftables("add gibberish\n").failed_with(Errc::Invalid));
}

TEST_F(FirewallTest, FindsChainsOfOthersThatDrop) {
  ASSERT_TRUE(apply({"berth", "berth0", {}}));
  ASSERT_THAT(*find_forward_drops("berth"), IsEmpty());
  ASSERT_TRUE(run_nftables(
      "add table ip filter\n"
      "add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }\n"));

  EXPECT_THAT(*find_forward_drops("berth"), ElementsAre("ip filter FORWARD"));
}

long resident_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmRSS:") break;
  }
  long kib = 0;
  status >> kib;
  return kib;
}

TEST_F(FirewallTest, LeavesLittleMemoryBehind) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer keeps freed memory";
#endif
  const long before = resident_kib();

  for (int time = 0; time < 20; ++time) {
    ASSERT_TRUE(apply({"berth", "berth0", {"10.213.1.0/24"}}));
  }

  const long grown = resident_kib() - before;
  std::cout << "20 transactions left " << grown << " KiB resident\n";
  EXPECT_LT(grown, 1800);  // loaded for good it is 2200 and more
}

}  // namespace
}  // namespace berth::firewall
