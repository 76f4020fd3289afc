// gate.hpp - lets a bounded number of coroutines through at once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/async.hpp"

namespace berth {

/// First come, first served. Loop thread only; outlives every Pass.
class Gate {
 public:
  Gate(asio::any_io_executor executor, int places)
      : free_(places), freed_(executor, std::chrono::steady_clock::time_point::max()) {}

  /// A place, given back when it goes.
  class Pass {
   public:
    explicit Pass(Gate* gate = nullptr) : gate_(gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&& other) noexcept {
      std::swap(gate_, other.gate_);
      return *this;
    }
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    Gate* gate_;
  };

  /// Waits for a place. fails: Cancelled.
  Async<Pass> enter() {
    while (free_ == 0) {
      const bool cancelled = co_await is_cancelled();
      if (cancelled) {
        freed_.cancel_one();  // the wake-up may have been meant for another
        co_return Error{Errc::Cancelled, 0, "cancelled while waiting for a place"};
      }
      co_await freed_.async_wait(use_result);
    }
    --free_;
    co_return Pass(this);
  }

 private:
  void leave() {
    ++free_;
    freed_.cancel_one();
  }

  int free_;
  asio::steady_timer freed_;
};

}  // namespace berth
