// lan_conflicts_test.cpp - how often a conflict is told and answered.
#include "agent/steps/lan_conflicts.hpp"

#include <gtest/gtest.h>

namespace berth::steps {
namespace {

using std::chrono::seconds;

const LanConflicts::Moment kBegan{seconds(1000)};
const netns::IpAddress kAddress = *netns::parse_ip("192.0.2.7");

netns::MacAddress machine(std::uint8_t last) {
  return {{0x02, 0, 0, 0, 0, last}};
}

TEST(LanConflicts, AreToldOnceAMinuteForEachMachine) {
  LanConflicts conflicts;

  EXPECT_TRUE(conflicts.is_worth_a_word(kAddress, machine(1), kBegan));
  EXPECT_FALSE(conflicts.is_worth_a_word(kAddress, machine(1), kBegan + seconds(59)));
  EXPECT_TRUE(conflicts.is_worth_a_word(kAddress, machine(2), kBegan + seconds(59)));
  EXPECT_TRUE(conflicts.is_worth_a_word(kAddress, machine(1), kBegan + seconds(60)));
}

TEST(LanConflicts, OfMadeUpMachinesAreToldOfEightOnly) {
  LanConflicts conflicts;
  int told = 0;

  for (std::uint8_t last = 0; last < 100; ++last) {
    if (conflicts.is_worth_a_word(kAddress, machine(last), kBegan)) ++told;
  }

  EXPECT_EQ(told, 8);
  EXPECT_TRUE(conflicts.is_worth_a_word(kAddress, machine(200), kBegan + seconds(60)));
}

TEST(LanConflicts, AreAnsweredOnceInTenSeconds) {
  LanConflicts conflicts;

  EXPECT_TRUE(conflicts.is_worth_an_answer(kAddress, kBegan));
  EXPECT_FALSE(conflicts.is_worth_an_answer(kAddress, kBegan + seconds(9)));
  EXPECT_TRUE(conflicts.is_worth_an_answer(*netns::parse_ip("192.0.2.8"), kBegan + seconds(9)));
  EXPECT_TRUE(conflicts.is_worth_an_answer(kAddress, kBegan + seconds(10)));
}

TEST(LanConflicts, OfANewOwnerBeginAnew) {
  LanConflicts conflicts;
  ASSERT_TRUE(conflicts.is_worth_an_answer(kAddress, kBegan));
  ASSERT_TRUE(conflicts.is_worth_a_word(kAddress, machine(1), kBegan));

  conflicts.forget(kAddress);

  EXPECT_TRUE(conflicts.is_worth_an_answer(kAddress, kBegan));
  EXPECT_TRUE(conflicts.is_worth_a_word(kAddress, machine(1), kBegan));
}

}  // namespace
}  // namespace berth::steps
