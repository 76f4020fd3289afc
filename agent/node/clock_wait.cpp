// clock_wait.cpp - look, say so once, wait, look again.
#include "agent/node/clock_wait.hpp"

#include "base/log.hpp"

namespace berth::node {

namespace {

constexpr std::chrono::hours kHoursOff{24};

}  // namespace

bool can_be_right(WallTime now, WallTime built) {
  return now >= built - kHoursOff;
}

Async<> await_clock(const Clock& clock, WallTime built, UntilClock until) {
  if (can_be_right(clock.wall(), built)) co_return ok();
  // An error, so that the service's status shows it.
  log::error("the clock is before berth was built: the control plane waits until it is set",
             {{"now", iso8601(clock.wall())}, {"built", iso8601(built)}});
  while (!can_be_right(clock.wall(), built)) {
    BERTH_CO_CHECK(co_await until(built - kHoursOff));
  }
  log::info("the clock is set", {{"now", iso8601(clock.wall())}});
  co_return ok();
}

}  // namespace berth::node
