// verdict.cpp - kill counts first; the rest only where they are not zero.
#include "cgroups/verdict.hpp"

#include "cgroups/limits.hpp"
#include "cgroups/usage.hpp"
#include "cgroups/walk.hpp"
#include "cgroups/watch.hpp"

namespace berth::cgroups {

Result<Verdict> verdict_of(const Hierarchy& hierarchy, std::string_view path,
                           std::string_view top) {
  Verdict verdict;
  BERTH_TRY(const Events events, events_of(hierarchy, path));
  if (events.populated) {
    BERTH_TRY(const std::string plain, relative_path(path));
    BERTH_TRY(const std::vector<int> left, processes_below(hierarchy, plain));
    verdict.processes = left.size();
  }
  verdict.oom_kills = events.oom_kills;
  if (verdict.oom_kills == 0) return verdict;
  BERTH_TRY(const Usage usage, usage_of(hierarchy, path));
  verdict.memory_peak = usage.memory_peak;
  for (std::string_view at = path; at.size() >= top.size(); at = at.substr(0, at.rfind('/'))) {
    BERTH_TRY(const Limits limits, limits_in_force(hierarchy, at));
    if (!limits.memory_max) continue;
    if (!verdict.memory_limit || *limits.memory_max < *verdict.memory_limit) {
      verdict.memory_limit = limits.memory_max;
    }
  }
  return verdict;
}

}  // namespace berth::cgroups
