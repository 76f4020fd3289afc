// fake_clock.hpp - time that stands still until a test moves it.
#pragma once

#include <algorithm>
#include <list>
#include <memory>
#include <optional>

#include "base/clock.hpp"

namespace berth::testing {

/// Both clocks start at a fixed moment and move together by advance(). Loop thread only.
class FakeClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1)) + passed_;
  }
  /// 2026-01-01T00:00:00Z plus what has passed.
  WallTime wall() const override {
    return WallTime(std::chrono::seconds(1767225600)) +
           std::chrono::floor<std::chrono::milliseconds>(passed_ + wall_shift_);
  }

  /// An hour before the first moment, and moved with the wall clock.
  WallTime boot_began() const override {
    return WallTime(std::chrono::seconds(1767225600)) - std::chrono::hours(1) +
           std::chrono::floor<std::chrono::milliseconds>(wall_shift_);
  }

  Async<> sleep_until(std::chrono::steady_clock::time_point when) override {
    auto sleeper = std::make_shared<Sleeper>(co_await asio::this_coro::executor, when);
    sleepers_.push_back(sleeper);
    bool cancelled = co_await is_cancelled();
    while (now() < when && !cancelled) {
      co_await sleeper->woken.async_wait(use_result);
      cancelled = co_await is_cancelled();
    }
    sleepers_.remove(sleeper);
    if (cancelled) co_return Error{Errc::Cancelled, 0, "sleep was cancelled"};
    co_return ok();
  }

  /// Those whose moment has come wake when the loop runs next.
  void advance(std::chrono::steady_clock::duration by) {
    passed_ += by;
    for (const auto& sleeper : sleepers_) {
      if (sleeper->when <= now()) sleeper->woken.cancel();
    }
  }
  /// Moves the wall clock only, as when an administrator sets it.
  void shift_wall(std::chrono::steady_clock::duration by) { wall_shift_ += by; }

  std::size_t sleepers() const { return sleepers_.size(); }
  /// How long the one that wakes first still sleeps; nullopt when nobody does.
  std::optional<std::chrono::steady_clock::duration> next_wake() const {
    std::optional<std::chrono::steady_clock::duration> least;
    for (const auto& sleeper : sleepers_) {
      const auto rest = sleeper->when - now();
      least = least ? std::min(*least, rest) : rest;
    }
    return least;
  }

 private:
  struct Sleeper {
    Sleeper(asio::any_io_executor executor, std::chrono::steady_clock::time_point at)
        : when(at), woken(executor, std::chrono::steady_clock::time_point::max()) {}
    std::chrono::steady_clock::time_point when;
    asio::steady_timer woken;
  };

  std::chrono::steady_clock::duration passed_{0};
  std::chrono::steady_clock::duration wall_shift_{0};
  std::list<std::shared_ptr<Sleeper>> sleepers_;
};

}  // namespace berth::testing
