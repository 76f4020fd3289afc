// wall_wait.hpp - waiting for the wall clock.
#pragma once

#include "base/clock.hpp"

namespace berth {

/// Waits until the wall clock has come to this time, or somebody has set it: then look again.
/// fails: Cancelled, Exhausted (descriptors).
Async<> until_wall_clock(WallTime when);

}  // namespace berth
