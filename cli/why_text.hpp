// why_text.hpp - what a task waits for and what happened to it, as text for people; pure.
#pragma once

#include <string>

#include "agent/local/why.hpp"

namespace berth::cli {

/// The task's state, then the one thing it waits for with its times, or why it died, then its
/// timeline, a line for each entry: how long after the first, whose, what, how long it took.
std::string why_text(const model::Why& why, const model::Timeline& timeline, WallTime now);

/// "45 ms", "3.2 s", "4 min 05 s".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace berth::cli
