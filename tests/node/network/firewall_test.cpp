// firewall_test.cpp - the table in the real kernel.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "firewall/nftables.hpp"
#include "firewall/notices.hpp"
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
    auto text = run_nftables("list table inet berth\n");
    return text ? *text : text.error().text();
  }

  Device device(int last) { return netns::device_of(name_of(last), netns::dual_interface(last)); }
  static std::string name_of(int last) { return std::to_string(100 + last) + std::string(29, 'a'); }

  Table table{{.table = "berth"}};
};

TEST_F(FirewallTest, AddingBringsTheTableAbout) {
  ASSERT_EQ(*exists("berth"), false);

  const auto added = table.add(device(2));

  ASSERT_TRUE(added) << added.error();
  EXPECT_EQ(*exists("berth"), true);
  EXPECT_THAT(listing(), HasSubstr("10.213.1.2"));
  EXPECT_THAT(listing(), HasSubstr("fd00:213::2"));
}

TEST_F(FirewallTest, AddingAgainChangesNothing) {
  ASSERT_TRUE(table.add(device(2)));
  const std::string before = listing();

  ASSERT_TRUE(table.add(device(2)));

  EXPECT_EQ(listing(), before);
}

TEST_F(FirewallTest, WhatWasAddedIsGoneAfterRemoving) {
  ASSERT_TRUE(table.add(device(2)));
  const std::string before = listing();
  Device other = device(3);
  other.groups = {"sg-1"};
  other.is_without_imds = true;
  other.published = {{"tcp", 8080, 80}, {"udp", 53, 53}};
  const Group group{.id = "sg-1", .ingress = {{.group_ids = {"sg-2"}}}, .members = {"10.0.0.1"}};
  const auto added = table.add(other, {group});
  ASSERT_TRUE(added) << added.error();
  ASSERT_NE(listing(), before);

  for (int time = 0; time < 2; ++time) {
    const auto removed = table.remove(other.name);
    ASSERT_TRUE(removed) << removed.error();
  }

  EXPECT_EQ(listing(), before);
}

TEST_F(FirewallTest, OtherSettingsTakeThePlaceOfTheOldOnes) {
  Device changed = device(2);
  changed.published = {{"tcp", 8080, 80}};
  ASSERT_TRUE(table.add(changed));
  changed.published = {{"tcp", 8081, 80}};

  const auto added = table.add(changed);

  ASSERT_TRUE(added) << added.error();
  EXPECT_THAT(listing(), HasSubstr("tcp . 8081"));
  EXPECT_THAT(listing(), Not(HasSubstr("tcp . 8080")));
}

TEST_F(FirewallTest, APortIsPublishedOnce) {
  Device one = device(2);
  one.published = {{"tcp", 8080, 80}};
  Device other = device(3);
  other.published = {{"tcp", 8080, 80}};
  ASSERT_TRUE(table.add(one));
  const std::string before = listing();

  EXPECT_FALSE(table.add(other));

  EXPECT_EQ(listing(), before);
  other.published = {{"udp", 8080, 80}};
  EXPECT_TRUE(table.add(other));
}

TEST_F(FirewallTest, RestoringBringsBackWhatSomebodyFlushed) {
  ASSERT_TRUE(table.add(device(2)));
  ASSERT_TRUE(table.add(device(3)));
  const std::string before = listing();
  ASSERT_TRUE(run_nftables("flush ruleset\n"));

  const auto restored = table.restore();

  ASSERT_TRUE(restored) << restored.error();
  EXPECT_EQ(listing(), before);
}

TEST_F(FirewallTest, RestoringForgetsWhatNobodyKnows) {
  ASSERT_TRUE(table.add(device(2)));
  Table next({.table = "berth"});
  next.expect(device(3));

  ASSERT_TRUE(next.restore());

  EXPECT_THAT(listing(), HasSubstr("10.213.1.3"));
  EXPECT_THAT(listing(), Not(HasSubstr("10.213.1.2")));
}

TEST_F(FirewallTest, RemovingTheTableTakesOnlyItsOwn) {
  ASSERT_TRUE(run_nftables("add table inet stranger\n"));
  ASSERT_TRUE(table.restore());

  for (int time = 0; time < 2; ++time) {
    const auto removed = remove_table("berth");
    EXPECT_TRUE(removed) << removed.error();
  }

  EXPECT_EQ(*exists("berth"), false);
  EXPECT_EQ(*exists("stranger"), true);
}

TEST_F(FirewallTest, TablesMayBeNamedAsContainerdNamespaces) {
  for (const std::string name : {"berth-2", "a.b_c", "b"}) {
    Table other({.table = name});
    const auto restored = other.restore();
    EXPECT_TRUE(restored) << restored.error();
    EXPECT_EQ(*exists(name), true);
  }
}

TEST_F(FirewallTest, AGroupNobodyKnowsIsRefusedByName) {
  Device member = device(2);
  member.groups = {"sg-1"};

  const auto added = table.add(member);

  ASSERT_TRUE(added.failed_with(Errc::NotFound));
  EXPECT_THAT(added.error().message, HasSubstr("\"sg-1\""));
}

Group referring(const std::string& id, const std::string& to) {
  return {.id = id, .ingress = {{.group_ids = {to}}}, .members = {"10.0.0.1"}};
}

TEST_F(FirewallTest, GroupsGoWithTheLastDeviceThatNeedsThem) {
  const std::vector<Group> groups{referring("sg-a", "sg-b"), referring("sg-b", "sg-c"),
                                  referring("sg-c", "sg-a")};
  Device one = device(2);
  one.groups = {"sg-a"};
  Device other = device(3);
  other.groups = {"sg-b"};
  ASSERT_TRUE(table.add(one, groups));
  ASSERT_TRUE(table.add(other, groups));

  for (const std::string& name : {one.name, other.name}) {
    const auto removed = table.remove(name);
    ASSERT_TRUE(removed) << removed.error();
  }

  EXPECT_THAT(listing(), Not(HasSubstr("sg-")));
}

TEST_F(FirewallTest, AChangeMayReferToAGroupNobodyToldOf) {
  Device member = device(2);
  member.groups = {"sg-a"};
  ASSERT_TRUE(table.add(member, {referring("sg-a", "sg-b")}));

  Group changed = referring("sg-a", "sg-d");
  changed.version = 2;
  Group also = referring("sg-b", "sg-e");
  also.version = 2;
  const auto done = table.follow({changed, also}, {});

  ASSERT_TRUE(done) << done.error();
  EXPECT_THAT(listing(), HasSubstr("@members4-sg-d"));
  EXPECT_THAT(listing(), Not(HasSubstr("sg-b")));
  const auto old = table.follow({referring("sg-a", "sg-b")}, {});
  ASSERT_TRUE(old) << old.error();
  EXPECT_THAT(listing(), Not(HasSubstr("sg-b"))) << "an older version took the place of a newer";
}

TEST_F(FirewallTest, EveryKindOfRuleIsTaken) {
  Device member = device(2);
  member.groups = {"sg-1"};
  Group group{.id = "sg-1"};
  for (const char* protocol : {"-1", "tcp", "udp", "icmp", "icmpv6", "47", "6", "17", "58"}) {
    for (const int from : {-1, 8}) {
      GroupRule rule{.protocol = protocol,
                     .from_port = from,
                     .to_port = from == -1 ? -1 : 8,
                     .cidrs = {"0.0.0.0/0", "10.1.2.3/8", "::/0", "fd00::1/64"},
                     .group_ids = {"sg-1", "sg-2"}};
      group.ingress.push_back(rule);
      group.egress.push_back(rule);
    }
  }
  group.members = {"10.213.1.2", "fd00:213::2"};

  const auto added = table.add(member, {group});

  EXPECT_TRUE(added) << added.error();
}

TEST_F(FirewallTest, ChangesOfOthersAreHeardOf) {
  auto notices = TableNotices::open("berth");
  ASSERT_TRUE(notices) << notices.error();
  ASSERT_TRUE(table.add(device(2)));
  ASSERT_TRUE(table.remove(device(2).name));
  ASSERT_TRUE(table.add(device(3)));
  EXPECT_EQ(notices->read()->took_from_it, false) << "our own changes";

  ASSERT_EQ(std::system("nft add table inet stranger && nft delete table inet stranger"), 0);
  EXPECT_EQ(notices->read()->took_from_it, false) << "another table";
  ASSERT_EQ(std::system("nft flush chain inet berth forward"), 0);
  EXPECT_EQ(notices->read()->took_from_it, true);
  EXPECT_EQ(notices->read()->took_from_it, false) << "told twice";
  ASSERT_EQ(std::system("nft flush ruleset"), 0);
  EXPECT_EQ(notices->read()->took_from_it, true);
}

TEST_F(FirewallTest, ChangesAmongOthersRulesAreHeardOf) {
  auto notices = TableNotices::open("berth");
  ASSERT_TRUE(table.add(device(2)));
  ASSERT_EQ(std::system("nft add table ip filter; nft add chain ip filter other"), 0);
  EXPECT_FALSE(notices->read()->moved_others) << "nothing that packets meet";

  ASSERT_EQ(std::system("nft add chain ip filter FORWARD "
                        "'{ type filter hook forward priority 0; policy drop; }'"),
            0);
  EXPECT_TRUE(notices->read()->moved_others) << "a base chain";
  ASSERT_EQ(std::system("nft add chain ip filter DOCKER-USER; "
                        "nft add rule ip filter DOCKER-USER accept"),
            0);
  ASSERT_TRUE(notices->read());
  ASSERT_EQ(std::system("nft flush chain ip filter DOCKER-USER"), 0);
  EXPECT_TRUE(notices->read()->moved_others) << "a rule of an opening";
  ASSERT_EQ(std::system("nft delete table ip filter"), 0);
  EXPECT_TRUE(notices->read()->moved_others);
  EXPECT_FALSE(notices->read()->moved_others) << "told twice";
}

TEST_F(FirewallTest, ARefusedTextSaysWhyAndChangesNothing) {
  const auto refused = run_nftables("add table inet berth\nadd rule inet berth nowhere accept\n");

  EXPECT_TRUE(refused.failed_with(Errc::NotFound)) << refused.error();
  EXPECT_THAT(refused.error().message, HasSubstr("No such file or directory"));
  EXPECT_EQ(*exists("berth"), false);
  EXPECT_TRUE(run_nftables("add gibberish\n").failed_with(Errc::Invalid));
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
    ASSERT_TRUE(table.add(device(2)));
    ASSERT_TRUE(table.remove(device(2).name));
  }

  const long grown = resident_kib() - before;
  std::cout << "40 transactions left " << grown << " KiB resident\n";
  EXPECT_LT(grown, 1800);  // loaded for good it is 2200 and more
}

}  // namespace
}  // namespace berth::firewall
