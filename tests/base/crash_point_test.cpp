// crash_point_test.cpp - a named place kills the program, and only that place.
#include "base/crash_point.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>

namespace berth::crash_point {
namespace {

constexpr std::array<std::string_view, 3> kKnown{"a.made", "a.removed", "step.Look.done"};

/// Arms and passes in a child: what is armed stays so.
void arm_and_pass(std::string_view where, const std::string& name, int times) {
  if (!arm(where, kKnown)) std::_Exit(2);
  for (int time = 0; time < times; ++time) pass({name});
  std::_Exit(0);
}

const auto kKilled = ::testing::KilledBySignal(SIGKILL);
const auto kAlive = ::testing::ExitedWithCode(0);

TEST(CrashPoint, KillsWhereItIsArmedAndNowhereElse) {
  EXPECT_EXIT(arm_and_pass("a.made", "a.made", 1), kKilled, "");
  EXPECT_EXIT(arm_and_pass("a.made", "a.removed", 1), kAlive, "");
  EXPECT_EXIT(arm_and_pass("a.made", "a.mad", 1), kAlive, "");
  EXPECT_EXIT(arm_and_pass("a.made", "a.made.twice", 1), kAlive, "");
}

TEST(CrashPoint, KillsAtThePassageAskedFor) {
  EXPECT_EXIT(arm_and_pass("a.made:3", "a.made", 2), kAlive, "");
  EXPECT_EXIT(arm_and_pass("a.made:3", "a.made", 3), kKilled, "");
}

TEST(CrashPoint, MayBeNamedInParts) {
  const auto in_parts = [] {
    if (!arm("step.Look.done", kKnown)) std::_Exit(2);
    pass({"step.", "Look", ".begun"});
    pass({"step.", "Look", ".done"});
    std::_Exit(0);
  };

  EXPECT_EXIT(in_parts(), kKilled, "");
}

TEST(CrashPoint, RefusesWhatItDoesNotKnow) {
  for (const char* where : {"", "a", "a.made.", "a.made:", "a.made:0", "a.made:-1",
                            "a.made:1000000", "a.made:1x", ":1", "a.made:1:1"}) {
    const Result<> armed = arm(where, kKnown);
    EXPECT_TRUE(armed.failed_with(Errc::Invalid)) << "\"" << where << "\"";
  }
}

}  // namespace
}  // namespace berth::crash_point
