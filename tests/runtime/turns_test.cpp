// turns_test.cpp - one at a time for each name.
#include "runtime/turns.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/fakes/loop.hpp"

namespace berth::runtime {
namespace {

using namespace std::chrono_literals;

Async<> note_when_in(Turns& turns, std::string name, std::vector<std::string>& in,
                     std::string who) {
  Result<Turns::Turn> turn = co_await turns.take(name, Deadline::after(10s));
  if (!turn) co_return std::move(turn).error();
  in.push_back(who);
  co_return ok();
}

Async<> nothing() {
  co_return ok();
}

TEST(Turns, AreTakenInTheOrderTheyWereAskedFor) {
  testing::Loop loop;
  Turns turns;
  std::vector<std::string> in;
  {
    auto held = loop.run(turns.take("a", Deadline::never()));
    for (const char* who : {"1", "2", "3"}) {
      loop.nursery.start(who, note_when_in(turns, "a", in, who));
    }
    loop.nursery.start("other", note_when_in(turns, "b", in, "other"));
    while (in.empty()) (void)loop.run(nothing());
    EXPECT_EQ(in, std::vector<std::string>{"other"});
  }

  while (loop.nursery.running() != 0) loop.io.run_one();

  EXPECT_EQ(in, (std::vector<std::string>{"other", "1", "2", "3"}));
}

TEST(Turns, AreGivenUpAtTheDeadlineWithoutHarmToOthers) {
  testing::Loop loop;
  Turns turns;
  Result<Turns::Turn> late;
  {
    auto held = loop.run(turns.take("a", Deadline::never()));
    late = loop.run(turns.take("a", Deadline::after(10ms)));
  }

  auto next = loop.run(turns.take("a", Deadline::after(10s)));

  EXPECT_TRUE(late.failed_with(Errc::TimedOut));
  EXPECT_TRUE(next);
}

TEST(Turns, AreGivenUpWhenCancelled) {
  testing::Loop loop;
  Turns turns;
  std::vector<std::string> in;
  auto held = loop.run(turns.take("a", Deadline::never()));
  loop.nursery.start("waits", note_when_in(turns, "a", in, "waits"));

  loop.stop();

  EXPECT_TRUE(in.empty());
}

TEST(Turns, AreNobodysWithoutAName) {
  testing::Loop loop;
  Turns turns;

  auto one = loop.run(turns.take("", Deadline::after(10s)));
  auto two = loop.run(turns.take("", Deadline::after(10s)));

  EXPECT_TRUE(one);
  EXPECT_TRUE(two);
}

}  // namespace
}  // namespace berth::runtime
