// clock_wait.hpp - no word to the control plane before the clock can be right.
#pragma once

#include <functional>

#include "base/clock.hpp"

namespace berth::node {

/// Waits until the wall clock has come to this time, or was set.
using UntilClock = std::function<Async<>(WallTime when)>;

/// False when the clock is more than a day before the time this program was built at; a clock that
/// is hours off is no such, the control plane's answers tell by how much.
bool can_be_right(WallTime now, WallTime built);

/// Waits until the clock can be right. A machine that has no
/// clock of its own, a Raspberry Pi, begins in the past: there certificates are not valid yet and
/// signatures not any more, and what is reported has times that never were.
/// fails: Cancelled, Exhausted.
Async<> await_clock(const Clock& clock, WallTime built, UntilClock until);

}  // namespace berth::node
