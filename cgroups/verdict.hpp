// verdict.hpp - what a cgroup says of how its processes ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/units.hpp"
#include "cgroups/tree.hpp"

namespace berth::cgroups {

/// Who is left in one cgroup, and what the out-of-memory killer did there, by which limit.
struct Verdict {
  std::size_t processes = 0;          ///< that are in it and below now
  std::uint64_t oom_kills = 0;        ///< processes killed in it and below
  std::optional<Bytes> memory_limit;  ///< the lowest on the way up to `top`; absent: none is set
  std::optional<Bytes> memory_peak;   ///< the most it used; absent where the kernel keeps none
  bool operator==(const Verdict&) const = default;
};

/// Limit and peak are read only when there was a kill.
///
/// top:    the cgroup itself or one above it: how far limits are looked for.
/// fails:  NotFound (the cgroup is gone).
/// source: as events_of and usage_of.
Result<Verdict> verdict_of(const Hierarchy& hierarchy, std::string_view path, std::string_view top);

}  // namespace berth::cgroups
