// duration.hpp - spans of time as Go, and so ECS, writes them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth {

/// A duration as Go writes it: decimal numbers with a unit each, "1h30m", "1.5s", "500ms", "-2s";
/// units ns us µs ms s m h; "0" alone is allowed. Exact: no floating point.
/// fails:  Invalid (any other text; more than 292 years).
/// source: Go, time.ParseDuration.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// "1h30m0s", "1.5s", "500ms", "0s": parse_duration reads it back.
std::string show_duration(std::chrono::nanoseconds duration);

}  // namespace berth
