// offload_test.cpp - calls that block, beside each other and for ever.
#include "base/offload.hpp"

#include <gtest/gtest.h>

#include <latch>

#include "tests/fakes/loop.hpp"

namespace berth {
namespace {

using namespace std::chrono_literals;
using testing::Loop;

struct Wait {
  std::latch* open;
  Result<int> operator()() const {
    open->wait();
    return 1;
  }
};
struct Answer {
  Result<int> operator()() const { return 2; }
};

TEST(Offload, BringsWhatTheCallReturns) {
  Loop loop;
  Offload offload(1);

  EXPECT_EQ(loop.run(offload.run(Answer{})).value_or(0), 2);
}

TEST(Offload, RunsCallsInOrderOnOneThread) {
  std::vector<int> order;
  {
    Offload offload(1);
    for (int i = 0; i < 100; ++i) offload.post([&order, i] { order.push_back(i); });
  }

  ASSERT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Offload, LetsOthersPastCallsThatHang) {
  Loop loop;
  std::latch open(1);
  Offload offload(2, 8);
  for (int i = 0; i < 5; ++i) offload.post(Wait{&open});

  EXPECT_EQ(loop.run(offload.run(Answer{})).value_or(0), 2);
  open.count_down();
}

TEST(Offload, LeavesACallThatHangsAtItsDeadline) {
  Loop loop;
  std::latch open(1);
  Offload offload(1);

  auto outcome = loop.run(offload.run_until(Wait{&open}, Deadline::after(20ms)));

  EXPECT_TRUE(outcome.failed_with(Errc::TimedOut));
  open.count_down();
}

}  // namespace
}  // namespace berth
