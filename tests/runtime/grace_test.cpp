// grace_test.cpp - who ends work that may not be cut short, and when.
#include "runtime/grace.hpp"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>

namespace berth::runtime {
namespace {

using namespace std::chrono_literals;

/// Runs with_grace over a wait of `work`, cancelled from outside after `cancel_after`.
struct Waited {
  Result<int> outcome = Error{};
  std::chrono::milliseconds took{};
};

Async<int> wait_for(std::chrono::milliseconds wait) {
  asio::steady_timer timer(co_await asio::this_coro::executor, wait);
  const auto [failed] = co_await timer.async_wait(use_result);
  if (failed) {
    // What has been cut short may have to tidy up.
    timer.expires_after(1ms);
    co_await timer.async_wait(use_result);
    co_return Error{Errc::Cancelled, 0, "the work was cut short"};
  }
  co_return 7;
}

Async<int> patiently(std::chrono::milliseconds grace, std::chrono::milliseconds work) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<int> outcome = co_await with_grace(grace, wait_for(work));
  co_return outcome;
}

Waited run(std::chrono::milliseconds grace, std::chrono::milliseconds work,
           std::optional<std::chrono::milliseconds> cancel_after) {
  asio::io_context io;
  asio::cancellation_signal cancel;
  asio::steady_timer canceller(io);
  if (cancel_after) {
    canceller.expires_after(*cancel_after);
    canceller.async_wait([&](auto) { cancel.emit(asio::cancellation_type::all); });
  }
  Waited waited;
  const auto begun = std::chrono::steady_clock::now();
  asio::co_spawn(
      io, patiently(grace, work),
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr bug, Result<int> outcome) {
        if (bug) std::rethrow_exception(bug);
        waited.outcome = std::move(outcome);
        waited.took =
            std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
      }));
  io.run();
  return waited;
}

TEST(WithGrace, GivesWhatTheWorkGives) {
  EXPECT_EQ(run(1s, 5ms, std::nullopt).outcome.value(), 7);
}

TEST(WithGrace, LetsTheWorkFinishAfterACancel) {
  const Waited one = run(10s, 100ms, 10ms);
  EXPECT_EQ(one.outcome.value(), 7);
  EXPECT_GE(one.took, 100ms);
}

TEST(WithGrace, CutsItShortWhenTheGraceIsOver) {
  const Waited one = run(50ms, 1h, 10ms);
  EXPECT_TRUE(one.outcome.failed_with(Errc::Cancelled));
  EXPECT_GE(one.took, 60ms);
}

}  // namespace
}  // namespace berth::runtime
