// shutdown_delay_test.cpp - when a shutdown is made to wait, and what becomes of the host is told.
#include "agent/service/shutdown_delay.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_logind.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::service {
namespace {

using namespace std::chrono_literals;

class ShutdownDelays : public ::testing::Test {
 protected:
  ~ShutdownDelays() override { loop.stop(); }

  void begin() {
    loop.nursery.start("shutdown delay", delay.run());
    go_on();
  }
  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }
  void pass(std::chrono::seconds time) {
    clock.advance(time);
    go_on();
  }

  berth::testing::Loop loop;
  berth::testing::FakeClock clock;
  berth::testing::FakeLogind logind{loop.io.get_executor()};
  std::string told;
  ShutdownDelay delay{logind, clock, {[this] { told += "down "; }, [this] { told += "stays "; }}};
};

TEST_F(ShutdownDelays, IsHeldFromTheStart) {
  logind.start();

  begin();

  EXPECT_TRUE(delay.is_held());
  EXPECT_EQ(logind.locks.held(), 1U);
  EXPECT_EQ(told, "");
}

TEST_F(ShutdownDelays, EndsWhenTheDaemonSaysSo) {
  logind.start();
  begin();

  logind.go_down();
  go_on();
  EXPECT_EQ(told, "down ");
  EXPECT_EQ(logind.locks.held(), 1U);

  delay.let_go();
  EXPECT_EQ(logind.locks.held(), 0U);
  EXPECT_TRUE(delay.goes_down());
}

TEST_F(ShutdownDelays, IsHeldAnewWhenTheHostStays) {
  logind.start();
  begin();
  logind.go_down();
  go_on();
  delay.let_go();

  logind.stay();
  go_on();

  EXPECT_EQ(told, "down stays ");
  EXPECT_EQ(logind.locks.held(), 1U);
  EXPECT_FALSE(delay.goes_down());
}

TEST_F(ShutdownDelays, WaitsForLogindToCome) {
  begin();
  EXPECT_FALSE(delay.is_held());
  pass(1h);
  EXPECT_EQ(logind.plan.calls(), 2);  // it listens, and nothing else

  logind.start();
  go_on();

  EXPECT_TRUE(delay.is_held());
}

TEST_F(ShutdownDelays, HoldsOneLockWhateverRestarts) {
  logind.start();
  begin();

  logind.stop();
  logind.start();
  go_on();
  EXPECT_EQ(logind.locks.held(), 1U);

  logind.end_bus();
  logind.begin_bus();
  go_on();
  pass(2s);
  EXPECT_EQ(logind.locks.held(), 1U);
  EXPECT_EQ(told, "");
}

TEST_F(ShutdownDelays, KnowsThatALogindBegunAnewHasForgottenTheShutdown) {
  logind.start();
  begin();
  logind.go_down();
  go_on();

  logind.stop();
  logind.start();
  go_on();

  EXPECT_EQ(told, "down stays ");
  EXPECT_EQ(logind.locks.held(), 1U);
}

TEST_F(ShutdownDelays, ToldTwiceBeginsOnce) {
  logind.start();
  begin();

  logind.go_down();
  logind.go_down();
  logind.stay();
  logind.stay();
  go_on();

  EXPECT_EQ(told, "down stays ");
}

TEST_F(ShutdownDelays, LooksForABusLessAndLessOften) {
  logind.end_bus();
  begin();
  EXPECT_EQ(logind.plan.calls(), 1);

  for (int minute = 0; minute < 60; ++minute) {
    for (int second = 0; second < 60; ++second) pass(1s);
  }
  EXPECT_LT(logind.plan.calls(), 40);
  EXPECT_LE(clock.next_wake().value(), 144s);

  logind.begin_bus();
  logind.start();
  pass(144s);
  EXPECT_TRUE(delay.is_held());
}

TEST_F(ShutdownDelays, IsThereInTheEndWhicheverCallFails) {
  for (int nth = 1; nth <= 4; ++nth) {
    logind.plan.fail_call(nth, Error{Errc::Unavailable, 0, "planned"});
  }
  logind.start();
  begin();

  for (int round = 0; round < 6; ++round) pass(10s);
  logind.stay();  // the fifth call listens, and the sixth was the last that could fail
  go_on();

  EXPECT_TRUE(delay.is_held());
  EXPECT_EQ(logind.locks.held(), 1U);
}

TEST_F(ShutdownDelays, KeepsTheLockWhenItIsCancelled) {
  logind.start();
  begin();

  loop.nursery.cancel("shutdown delay");
  go_on();
  logind.go_down();
  go_on();

  EXPECT_EQ(loop.nursery.running(), 0U);
  EXPECT_EQ(told, "");
  EXPECT_EQ(logind.locks.held(), 1U);
}

}  // namespace
}  // namespace berth::service
