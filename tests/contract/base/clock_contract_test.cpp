// clock_contract_test.cpp - what the seam Clock promises, moved by hand or by the machine.
#include <gtest/gtest.h>

#include <optional>

#include "base/clock.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/latch.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::testing {
namespace {

using namespace std::chrono_literals;

struct MovedByHand {
  FakeClock clock;
  /// Lets so much time go by.
  void pass(Loop& loop, std::chrono::milliseconds time) {
    clock.advance(time);
    loop.io.restart();
    loop.io.poll();
  }
};

struct OfTheMachine {
  SystemClock clock;
  void pass(Loop& loop, std::chrono::milliseconds time) {
    loop.io.restart();
    loop.io.run_for(time);
  }
};

template <class World>
class ClockContract : public ::testing::Test {
 protected:
  using Slept = std::optional<Result<>>;

  ~ClockContract() override { loop.stop(); }

  static Async<> keep(Async<> sleep, Latch* first, Slept* into) {
    (void)co_await first->pass();
    Result<> slept = co_await std::move(sleep);
    *into = slept;
    co_return ok();
  }
  void begin(std::chrono::steady_clock::time_point when) {
    loop.nursery.start("sleep", keep(world.clock.sleep_until(when), &door, &slept));
    go_on();
  }
  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }

  World world;
  Loop loop;
  Latch door{loop.io.get_executor()};  ///< before the sleep
  Slept slept;
};

using Worlds = ::testing::Types<MovedByHand, OfTheMachine>;
class NameOfClock {
 public:
  template <class World>
  static std::string GetName(int) {
    return std::is_same_v<World, MovedByHand> ? "Fake" : "System";
  }
};
TYPED_TEST_SUITE(ClockContract, Worlds, NameOfClock);

TYPED_TEST(ClockContract, SleepsUntilTheMomentHasCome) {
  const auto moment = this->world.clock.now() + 20ms;
  this->begin(moment);
  const bool slept_at_once = this->slept.has_value();

  while (this->world.clock.now() < moment) this->world.pass(this->loop, 5ms);
  this->world.pass(this->loop, 5ms);

  EXPECT_FALSE(slept_at_once);
  ASSERT_TRUE(this->slept);
  EXPECT_TRUE(*this->slept);
}

TYPED_TEST(ClockContract, DoesNotSleepForAMomentThatIsPast) {
  this->begin(this->world.clock.now() - 1s);
  this->world.pass(this->loop, 0ms);

  ASSERT_TRUE(this->slept);
  EXPECT_TRUE(*this->slept);
}

TYPED_TEST(ClockContract, MovesBothTimesTogether) {
  const auto now = this->world.clock.now();
  const WallTime wall = this->world.clock.wall();
  this->begin(now + 30ms);

  while (!this->slept) this->world.pass(this->loop, 10ms);

  EXPECT_GE(this->world.clock.now() - now, 30ms);
  EXPECT_GE(this->world.clock.wall() - wall, 29ms);  // wall time counts whole milliseconds
}

TYPED_TEST(ClockContract, EndsASleepThatIsCancelled) {
  this->begin(this->world.clock.now() + 1h);

  this->loop.nursery.cancel("sleep");
  this->go_on();

  ASSERT_TRUE(this->slept);
  EXPECT_TRUE(this->slept->failed_with(Errc::Cancelled));
}

TYPED_TEST(ClockContract, DoesNotBeginASleepOnceCancelled) {
  this->door.shut();
  this->begin(this->world.clock.now() + 1h);

  this->loop.nursery.cancel("sleep");
  this->go_on();

  ASSERT_TRUE(this->slept);
  EXPECT_TRUE(this->slept->failed_with(Errc::Cancelled));
}

TYPED_TEST(ClockContract, WakesEachSleeperInItsTurn) {
  std::optional<Result<>> later;
  const auto now = this->world.clock.now();
  this->loop.nursery.start(
      "later", this->keep(this->world.clock.sleep_until(now + 1h), &this->door, &later));
  this->begin(now + 10ms);

  while (!this->slept) this->world.pass(this->loop, 5ms);

  EXPECT_TRUE(*this->slept);
  EXPECT_FALSE(later);
  this->loop.stop();
  ASSERT_TRUE(later);
  EXPECT_TRUE(later->failed_with(Errc::Cancelled));
}

}  // namespace
}  // namespace berth::testing
