// clock.hpp - the seam to time.
#pragma once

#include <chrono>

#include "base/async.hpp"

namespace berth {

/// Wall time as records and reports keep it: milliseconds since the epoch.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// Time, asked for by everything that waits or stamps. One instance for the program.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual std::chrono::steady_clock::time_point now() const = 0;
  virtual WallTime wall() const = 0;
  /// When this boot of the machine began, by the wall clock as it is set now; a machine asleep
  /// counts. Another moment than before: the wall clock was set.
  virtual WallTime boot_began() const = 0;

  /// Waits until the moment has come. fails: Cancelled.
  virtual Async<> sleep_until(std::chrono::steady_clock::time_point when) = 0;

  Async<> sleep(std::chrono::steady_clock::duration wait) { return sleep_until(now() + wait); }
  Deadline in(std::chrono::steady_clock::duration wait) const { return {now() + wait}; }
};

/// The machine's own time.
class SystemClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point now() const override;
  WallTime wall() const override;
  WallTime boot_began() const override;
  Async<> sleep_until(std::chrono::steady_clock::time_point when) override;
};

/// Seconds since the epoch with a fraction, as the ECS API writes time stamps.
double epoch_seconds(WallTime time);
WallTime from_epoch_seconds(double seconds);

/// "2026-01-02T03:04:05.678Z".
std::string iso8601(WallTime time);

}  // namespace berth
