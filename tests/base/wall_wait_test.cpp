// wall_wait_test.cpp - the kernel's timer; that it ends when the clock is set is for a machine of
// its own, where tests may set it (tests/e2e/vm).
#include "base/wall_wait.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/loop.hpp"

namespace berth::testing {
namespace {

using namespace std::chrono_literals;

TEST(UntilWallClock, EndsWhenItsTimeHasCome) {
  Loop loop;
  const SystemClock clock;
  const WallTime when = clock.wall() + 20ms;

  EXPECT_TRUE(loop.run(until_wall_clock(when)));
  EXPECT_GE(clock.wall(), when);
  EXPECT_TRUE(loop.run(until_wall_clock(WallTime(1s)))) << "long ago";
}

}  // namespace
}  // namespace berth::testing
