// examine.hpp - checks made at once, each with a limit of its own.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "agent/doctor/finding.hpp"
#include "base/async.hpp"

namespace berth::doctor {

/// One look at the node. `make` fails when it could not look at all.
struct Check {
  std::string area;
  std::string what;
  std::chrono::milliseconds limit;  ///< given to `make`, which is cut off kGrace later
  std::function<Async<Findings>(Deadline by)> make;
};

/// For a check to say itself what took too long.
inline constexpr std::chrono::seconds kGrace{1};

/// Makes all of them at the same time; their findings in the order of the checks. One that fails or
/// does not end in time is a finding "unknown" that says why, and keeps no other from being made.
///
/// fails:  Cancelled.
Async<Findings> examine(std::vector<Check> checks);

}  // namespace berth::doctor
