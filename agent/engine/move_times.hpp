// move_times.hpp - what a clock that is set makes of a record's times; pure.
#pragma once

#include <chrono>

#include "agent/model/record.hpp"

namespace berth::engine {

/// Moves every time in the record, so that the time between any of them and now is what it was
/// before the clock was set.
void move_times(model::Record& record, std::chrono::milliseconds by);

}  // namespace berth::engine
