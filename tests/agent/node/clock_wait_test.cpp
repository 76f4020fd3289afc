// clock_wait_test.cpp - a clock that is set, set wrong, or right from the start.
#include "agent/node/clock_wait.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::testing {
namespace {

using namespace std::chrono_literals;
using node::can_be_right;

struct AwaitClock : ::testing::Test {
  Loop loop;
  FakeClock clock;
  std::vector<std::chrono::seconds> shifts;  ///< one for each time that somebody sets the clock
  std::vector<WallTime> waited;

  Result<> await(WallTime built) {
    return loop.run(node::await_clock(clock, built, [this](WallTime when) { return set(when); }));
  }
  Async<> set(WallTime when) {
    waited.push_back(when);
    if (shifts.empty()) co_return Error{Errc::Cancelled, 0, "nobody sets it"};
    clock.shift_wall(shifts.front());
    shifts.erase(shifts.begin());
    co_return ok();
  }
};

TEST_F(AwaitClock, GoesOnAtOnceWhenTheClockCanBeRight) {
  EXPECT_TRUE(await(clock.wall() + 23h));
  EXPECT_TRUE(waited.empty());
}

TEST_F(AwaitClock, WaitsUntilItIsNoLongerBeforeTheBuild) {
  const WallTime built = clock.wall() + 25h;
  shifts = {-10min, 20min, 2h};

  EXPECT_TRUE(await(built));

  EXPECT_EQ(waited, std::vector<WallTime>(3, built - 24h));
  EXPECT_TRUE(can_be_right(clock.wall(), built));
}

TEST_F(AwaitClock, EndsWithTheDaemon) {
  EXPECT_TRUE(await(clock.wall() + 25h).failed_with(Errc::Cancelled));
}

}  // namespace
}  // namespace berth::testing
