// clock.cpp - the machine's time, and how it is written.
#include "base/clock.hpp"

#include <cmath>
#include <cstdio>
#include <ctime>

namespace berth {

std::chrono::steady_clock::time_point SystemClock::now() const {
  return std::chrono::steady_clock::now();
}

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

WallTime SystemClock::boot_began() const {
  timespec up{};
  clock_gettime(CLOCK_BOOTTIME, &up);  // cannot fail: the clock is there since Linux 2.6.39
  const auto since = std::chrono::seconds(up.tv_sec) + std::chrono::nanoseconds(up.tv_nsec);
  return wall() - std::chrono::floor<std::chrono::milliseconds>(since);
}

Async<> SystemClock::sleep_until(std::chrono::steady_clock::time_point when) {
  const bool cancelled_before = co_await is_cancelled();
  if (!cancelled_before) {
    asio::steady_timer timer(co_await asio::this_coro::executor, when);
    co_await timer.async_wait(use_result);
  }
  const bool cancelled = co_await is_cancelled();
  if (cancelled) co_return Error{Errc::Cancelled, 0, "sleep was cancelled"};
  co_return ok();
}

double epoch_seconds(WallTime time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1000.0;
}

WallTime from_epoch_seconds(double seconds) {
  return WallTime{std::chrono::milliseconds(std::llround(seconds * 1000.0))};
}

std::string iso8601(WallTime time) {
  const auto millis = time.time_since_epoch().count();
  const std::time_t seconds = static_cast<std::time_t>(millis / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(millis % 1000));
  return text;
}

}  // namespace berth
