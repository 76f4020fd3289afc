// channel.hpp - a bounded queue between coroutines of one loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <optional>

#include "base/async.hpp"

namespace berth {

/// What push does when the queue is full.
enum class WhenFull {
  DropOldest,  ///< the oldest goes, and is counted in dropped()
  Refuse,      ///< push fails with Exhausted
};

/// Bounded queue; many may push, one coroutine pops. Loop thread only.
template <class T, WhenFull Policy>
class Channel {
 public:
  Channel(asio::any_io_executor executor, std::size_t bound)
      : bound_(bound), filled_(executor, std::chrono::steady_clock::time_point::max()) {}

  /// fails:  Exhausted (full, and the policy is Refuse), Cancelled (closed).
  Result<> push(T value) {
    if (closed_) return Error{Errc::Cancelled, 0, "channel is closed"};
    if (queue_.size() >= bound_) {
      if constexpr (Policy == WhenFull::Refuse) {
        return Error{Errc::Exhausted, 0, "channel is full"};
      } else {
        queue_.pop_front();
        ++dropped_;
      }
    }
    queue_.push_back(std::move(value));
    filled_.cancel_one();
    return ok();
  }

  /// Waits for the next value.
  ///
  /// fails:  TimedOut (`by` passed), Cancelled (closed and empty, or the caller was cancelled).
  Async<T> pop(Deadline by = Deadline::never()) {
    while (queue_.empty()) {
      if (closed_) co_return Error{Errc::Cancelled, 0, "channel is closed"};
      if (by.has_passed()) co_return Error{Errc::TimedOut, 0, "nothing came in time"};
      const bool cancelled = co_await is_cancelled();
      if (cancelled) co_return Error{Errc::Cancelled, 0, "cancelled while waiting on a channel"};
      filled_.expires_at(by.at);
      co_await filled_.async_wait(use_result);
    }
    T value = std::move(queue_.front());
    queue_.pop_front();
    co_return value;
  }

  /// The next value if one is there already.
  std::optional<T> try_pop() {
    if (queue_.empty()) return std::nullopt;
    T value = std::move(queue_.front());
    queue_.pop_front();
    return value;
  }

  /// What is queued can still be popped; then pop fails with Cancelled.
  void close() {
    closed_ = true;
    filled_.cancel();
  }

  std::size_t size() const { return queue_.size(); }
  std::size_t dropped() const { return dropped_; }

 private:
  std::size_t bound_;
  std::deque<T> queue_;
  std::size_t dropped_ = 0;
  bool closed_ = false;
  asio::steady_timer filled_;  ///< cancelled to wake the one that pops
};

}  // namespace berth
