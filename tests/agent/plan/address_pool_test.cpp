// address_pool_test.cpp - never twice, round and round, and rest between two owners.
#include "agent/plan/address_pool.hpp"

#include <gmock/gmock.h>

#include <random>
#include <set>
#include <vector>

namespace berth::plan {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

constexpr WallTime kNow{std::chrono::hours(500'000)};

AddressPool pool_of(const char* first, const char* last) {
  AddressRange range;
  range.subnet = netns::parse_ip_interface("192.0.2.0/24").value();
  range.first = netns::parse_ip(first).value();
  range.last = netns::parse_ip(last).value();
  range.gateway = netns::parse_ip("192.0.2.1").value();
  range.subnet6 = netns::parse_ip_interface("fd00:1::/64").value();
  return AddressPool(range);
}

TEST(AddressPool, GoesRoundAndSkipsGatewayAndBroadcast) {
  auto pool = AddressPool::open("10.88.0.0/29", "fd12:0:0:1");
  ASSERT_TRUE(pool) << pool.error();
  std::vector<std::string> given;
  while (const auto address = pool->take("task", kNow)) given.push_back(address->ipv4);
  EXPECT_THAT(given, ElementsAre("10.88.0.2", "10.88.0.3", "10.88.0.4", "10.88.0.5", "10.88.0.6"));

  pool->give_back({"10.88.0.3", "", ""}, "task", kNow);
  pool->give_back({"10.88.0.5", "", ""}, "task", kNow);
  EXPECT_EQ(pool->take("task", kNow),
            (model::NodeAddress{"10.88.0.3", "10.88.0.1", "fd12:0:0:1::3"}));
  pool->give_back({"10.88.0.3", "", ""}, "task", kNow);
  EXPECT_EQ(pool->take("task", kNow)->ipv4, "10.88.0.5") << "an address given back rests";
}

TEST(AddressPool, HandsOutItsRangeAlone) {
  AddressPool pool = pool_of("192.0.2.200", "192.0.2.202");

  EXPECT_EQ(pool.take("a", kNow), (model::NodeAddress{"192.0.2.200", "192.0.2.1", "fd00:1::c8"}));
  EXPECT_EQ(pool.take("b", kNow)->ipv4, "192.0.2.201");
  EXPECT_EQ(pool.take("c", kNow)->ipv4, "192.0.2.202");
  EXPECT_EQ(pool.take("d", kNow), std::nullopt);
  EXPECT_EQ(pool.used(), 3u);
}

TEST(AddressPool, LetsAnAddressRestWhileAnotherIsFree) {
  AddressPool pool = pool_of("192.0.2.200", "192.0.2.202");
  const auto first = pool.take("a", kNow);
  pool.take("b", kNow);
  pool.give_back(*first, "a", kNow);
  pool.give_back({"192.0.2.201", "", ""}, "b", kNow + seconds(1));

  EXPECT_EQ(pool.take("c", kNow + seconds(2))->ipv4, "192.0.2.202");
  pool.give_back({"192.0.2.202", "", ""}, "c", kNow + seconds(3));
  EXPECT_EQ(pool.take("d", kNow + seconds(4))->ipv4, "192.0.2.200") << "it rests longest";
  EXPECT_EQ(pool.take("e", kNow + seconds(62))->ipv4, "192.0.2.201") << "it has rested";
}

TEST(AddressPool, KnowsOfRestsFromBeforeItWasMade) {
  AddressPool pool = pool_of("192.0.2.200", "192.0.2.201");
  pool.rest({"192.0.2.200", "", ""}, kNow - seconds(59));
  EXPECT_EQ(pool.take("a", kNow)->ipv4, "192.0.2.201");

  AddressPool later = pool_of("192.0.2.200", "192.0.2.201");
  later.rest({"192.0.2.200", "", ""}, kNow - seconds(60));
  EXPECT_EQ(later.take("a", kNow)->ipv4, "192.0.2.200");

  AddressPool turned_back = pool_of("192.0.2.200", "192.0.2.201");
  turned_back.rest({"192.0.2.200", "", ""}, kNow + std::chrono::hours(24));
  EXPECT_EQ(turned_back.take("a", kNow)->ipv4, "192.0.2.200") << "the clock was set back";
}

TEST(AddressPool, PassesOverWhatOthersOfTheLanHave) {
  AddressPool pool = pool_of("192.0.2.200", "192.0.2.202");

  EXPECT_EQ(pool.take("a", kNow, {"192.0.2.200", "192.0.2.202"})->ipv4, "192.0.2.201");
  EXPECT_EQ(pool.take("b", kNow, {"192.0.2.200", "192.0.2.202"}), std::nullopt);
  EXPECT_EQ(pool.used(), 1u);
  EXPECT_EQ(pool.take("b", kNow)->ipv4, "192.0.2.202");
}

TEST(AddressPool, HandsOutIpv6Alone) {
  AddressRange range;
  range.first = netns::parse_ip("fd00:1::5:0:ff").value();
  range.last = netns::parse_ip("fd00:1::5:0:101").value();
  AddressPool pool(range);

  EXPECT_EQ(pool.take("a", kNow), (model::NodeAddress{"", "", "fd00:1::5:0:ff"}));
  pool.keep({"", "", "fd00:1::5:0:100"}, "b");
  pool.keep({"", "", "fd00:1::6:0:101"}, "of another subnet");
  pool.keep({"10.0.0.1", "", ""}, "of another family");
  EXPECT_EQ(pool.used(), 2u);
  EXPECT_EQ(pool.next(9, kNow, {})[0].key(), "fd00:1::5:0:101");
  EXPECT_TRUE(pool.next(9, kNow, {"fd00:1::5:0:101"}).empty());
  pool.give_back({"", "", "fd00:1::5:0:ff"}, "a", kNow);
  EXPECT_EQ(pool.take("c", kNow, {}, {"fd00:1::5:0:ff"})->ipv6, "fd00:1::5:0:101") << "that rests";
  EXPECT_EQ(pool.take("d", kNow)->ipv6, "fd00:1::5:0:ff");
  EXPECT_EQ(pool.take("e", kNow), std::nullopt);
}

TEST(AddressPool, KnowsAnInterfaceByEitherOfItsAddresses) {
  AddressPool pool = pool_of("192.0.2.200", "192.0.2.202");
  pool.keep({"", "", "fd00:1::c8"}, "of IPv6 alone");
  pool.keep({"10.0.0.9", "10.0.0.1", "fd00:1::c9"}, "with an address of elsewhere");

  EXPECT_EQ(pool.take("a", kNow)->ipv4, "192.0.2.202");
}

TEST(AddressPool, HandsOutRatherWhatIsKnownToBeFree) {
  AddressPool pool = pool_of("192.0.2.200", "192.0.2.205");
  const std::set<std::string> rather{"192.0.2.201", "192.0.2.203", "192.0.2.204", "192.0.3.1", "x"};

  EXPECT_EQ(pool.take("a", kNow, {"192.0.2.201"}, rather)->ipv4, "192.0.2.203");
  EXPECT_EQ(pool.take("b", kNow, {}, rather)->ipv4, "192.0.2.204") << "in their turn";
  EXPECT_EQ(pool.take("c", kNow, {}, rather)->ipv4, "192.0.2.201");
  pool.give_back({"192.0.2.203", "", ""}, "a", kNow);
  EXPECT_EQ(pool.take("d", kNow, {}, rather)->ipv4, "192.0.2.202") << "no other has rested";
}

TEST(AddressPool, TellsWhatItHandsOutNext) {
  AddressPool pool = pool_of("192.0.2.200", "192.0.2.204");
  pool.take("a", kNow);
  pool.rest({"192.0.2.203", "", ""}, kNow);
  const auto keys = [&pool](std::size_t most, WallTime now) {
    std::vector<std::string> all;
    for (const auto& one : pool.next(most, now, {"192.0.2.201"})) all.push_back(one.key());
    return all;
  };

  EXPECT_THAT(keys(1, kNow), ElementsAre("192.0.2.202"));
  EXPECT_THAT(keys(9, kNow), ElementsAre("192.0.2.202", "192.0.2.204"));
  EXPECT_THAT(keys(9, kNow + seconds(60)),
              ElementsAre("192.0.2.202", "192.0.2.203", "192.0.2.204"));
  EXPECT_EQ(pool.take("b", kNow)->ipv4, "192.0.2.201") << "it was but a look";
}

TEST(AddressPool, KeepsWhatTheRecordsHave) {
  auto pool = AddressPool::open("10.88.0.0/29", "");
  pool->keep({"10.88.0.2", "10.88.0.1", ""}, "a");
  pool->keep({"10.99.0.3", "10.99.0.1", ""}, "b");  // of a subnet of the past
  EXPECT_EQ(pool->take("c", kNow), (model::NodeAddress{"10.88.0.3", "10.88.0.1", ""}));
}

TEST(AddressPool, KeepsWhatIsOutOfARangeThatBecameNarrower) {
  AddressPool pool = pool_of("192.0.2.10", "192.0.2.11");
  pool.keep({"192.0.2.200", "", ""}, "a");
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(pool.take("b", kNow)->ipv4, "192.0.2.10");
  EXPECT_EQ(pool.take("c", kNow)->ipv4, "192.0.2.11");
  EXPECT_EQ(pool.take("d", kNow), std::nullopt);
}

TEST(AddressPool, GivesNothingBackThatAnotherTaskHas) {
  auto pool = AddressPool::open("10.88.0.0/29", "");
  const auto address = pool->take("first", kNow);
  pool->give_back(*address, "first", kNow);
  pool->keep(*address, "second");

  pool->give_back(*address, "first", kNow);

  std::set<std::string> rest;
  while (const auto other = pool->take("third", kNow)) rest.insert(other->ipv4);
  EXPECT_FALSE(rest.contains(address->ipv4));
}

/// Many lives of tasks: no address twice, and none before its rest while another one is free.
TEST(AddressPool, NeverHandsOutAnAddressTwiceNorTooSoon) {
  AddressPool pool = pool_of("192.0.2.10", "192.0.2.73");
  std::mt19937 random(7);
  std::set<std::string> used;
  std::map<std::string, WallTime> back;
  WallTime now = kNow;
  for (int step = 0; step < 20000; ++step) {
    now += seconds(random() % 4);
    if (random() % 2 != 0 && !used.empty()) {
      const auto one = std::next(used.begin(), static_cast<long>(random() % used.size()));
      pool.give_back({*one, "", ""}, "task", now);
      back[*one] = now;
      used.erase(one);
      continue;
    }
    std::size_t rested = pool.size() - used.size();
    for (const auto& [address, since] : back) {
      if (!used.contains(address) && now - since < AddressPool::kRest) --rested;
    }
    const auto address = pool.take("task", now);
    ASSERT_EQ(address.has_value(), used.size() < pool.size());
    if (!address) continue;
    ASSERT_TRUE(used.insert(address->ipv4).second) << address->ipv4;
    if (rested == 0 || !back.contains(address->ipv4)) continue;
    ASSERT_GE(now - back[address->ipv4], AddressPool::kRest) << "with " << rested << " rested";
  }
}

TEST(AddressPool, RefusesSubnetsItCannotUse) {
  for (const char* text :
       {"", "10.88.0.0", "10.88.0.1/24", "10.0.0.0/7", "10.0.0.0/30", "fd00::/64"}) {
    EXPECT_TRUE(AddressPool::open(text, "").failed_with(Errc::Invalid)) << text;
  }
}

}  // namespace
}  // namespace berth::plan
