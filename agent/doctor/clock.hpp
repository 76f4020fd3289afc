// clock.hpp - is the host's time the world's?
#pragma once

#include <optional>

#include "agent/doctor/finding.hpp"
#include "base/clock.hpp"

namespace berth::doctor {

/// built: when this program's sources were committed; time cannot be before that.
Finding judge_time(WallTime now, WallTime built);

/// What the endpoint's Date header says, against ours when it came. nullopt: it has sent none.
Finding judge_skew(WallTime now, std::optional<WallTime> theirs);

}  // namespace berth::doctor
