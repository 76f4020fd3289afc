// examine_test.cpp - checks that fail, hang, or take long.
#include "agent/doctor/examine.hpp"

#include <gtest/gtest.h>

#include "tests/agent/doctor/verdicts.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::doctor {
namespace {

using namespace std::chrono_literals;

Async<Findings> finds(std::string what) {
  co_return Findings{fine("area", what, "seen")};
}

Async<Findings> cannot_look(Deadline) {
  co_return Error{Errc::Denied, 0, "open /proc/x: Permission denied"};
}

Async<Findings> waits(asio::steady_timer* timer) {
  co_await timer->async_wait(use_result);
  co_return Findings{fine("area", "late", "seen")};
}

/// Deaf to everything but being cancelled.
Async<Findings> hangs(Deadline) {
  asio::steady_timer never(co_await asio::this_coro::executor,
                           std::chrono::steady_clock::time_point::max());
  co_await never.async_wait(use_result);
  co_return Error{Errc::Cancelled, 0, "cancelled"};
}

TEST(Examine, KeepsTheOrderOfTheChecksWhicheverEndsFirst) {
  berth::testing::Loop loop;
  asio::steady_timer second_made(loop.io, std::chrono::steady_clock::time_point::max());
  std::vector<Check> checks{{"area", "late", 5s, [&](Deadline) { return waits(&second_made); }},
                            {"area", "early", 5s, [&](Deadline) {
                               second_made.cancel();
                               return finds("early");
                             }}};
  // The first waits until the second is made: one after the other they would never end.

  const auto findings = loop.run(examine(std::move(checks)));

  ASSERT_TRUE(findings) << findings.error();
  EXPECT_EQ(verdicts_of(*findings), "late o, early o");
}

TEST(Examine, SaysWhyACheckCouldNotBeMade) {
  berth::testing::Loop loop;
  std::vector<Check> checks{{"kernel", "features", 5s, cannot_look},
                            {"area", "other", 5s, [](Deadline) { return finds("other"); }}};

  const auto findings = loop.run(examine(std::move(checks)));

  ASSERT_TRUE(findings) << findings.error();
  EXPECT_EQ(findings->front(), unknown("kernel", "features", "open /proc/x: Permission denied"));
  EXPECT_EQ(verdicts_of(*findings), "features ?, other o");
}

TEST(Examine, EndsACheckThatHangs) {
  berth::testing::Loop loop;
  std::vector<Check> checks{{"disk", "data", 1ms - kGrace, hangs},
                            {"area", "other", 5s, [](Deadline) { return finds("other"); }}};

  const auto findings = loop.run(examine(std::move(checks)));

  ASSERT_TRUE(findings) << findings.error();
  EXPECT_EQ(findings->front(), unknown("disk", "data", "the check: no answer in time"));
  EXPECT_EQ(verdicts_of(*findings), "data ?, other o");
}

TEST(Examine, MakesNothingOfNoChecks) {
  berth::testing::Loop loop;

  const auto findings = loop.run(examine({}));

  ASSERT_TRUE(findings) << findings.error();
  EXPECT_TRUE(findings->empty());
}

}  // namespace
}  // namespace berth::doctor
