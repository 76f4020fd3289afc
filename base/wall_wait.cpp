// wall_wait.cpp - a timer of the kernel that ends when the clock is set.
// source: timerfd_create(2), TFD_TIMER_CANCEL_ON_SET.
#include "base/wall_wait.hpp"

#include <sys/timerfd.h>

#include <cerrno>

#include "base/readable.hpp"
#include "base/unique_fd.hpp"

namespace berth {

Async<> until_wall_clock(WallTime when) {
  const UniqueFd timer(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) co_return os_error(errno, "make a timer");
  const auto since = when.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  itimerspec at{};
  at.it_value.tv_sec = seconds.count();
  at.it_value.tv_nsec = std::chrono::nanoseconds(since - seconds).count();
  const int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
  if (::timerfd_settime(timer.get(), flags, &at, nullptr) != 0) {
    co_return os_error(errno, "set a timer");
  }
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Readable readable(executor, timer.get(), "wait for the wall clock");
  Result<> woken = co_await readable.wait();
  co_return woken;
}

}  // namespace berth
