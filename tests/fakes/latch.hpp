// latch.hpp - a door a test holds shut, so that a call waits in the middle of what it does.
#pragma once

#include "base/async.hpp"

namespace berth::testing {

/// Open at first. Loop thread only.
class Latch {
 public:
  explicit Latch(asio::any_io_executor executor)
      : opened_(executor, std::chrono::steady_clock::time_point::max()) {}

  void shut() { is_shut_ = true; }
  void open() {
    is_shut_ = false;
    opened_.cancel();
  }

  /// Waits while it is shut. fails: Cancelled.
  Async<> pass() {
    while (is_shut_) {
      const bool cancelled = co_await is_cancelled();
      if (cancelled) co_return Error{Errc::Cancelled, 0, "cancelled at a latch"};
      co_await opened_.async_wait(use_result);
    }
    co_return ok();
  }

 private:
  bool is_shut_ = false;
  asio::steady_timer opened_;
};

}  // namespace berth::testing
