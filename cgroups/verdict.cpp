// verdict.cpp - kill counts first; the rest only where they are not zero.
#include "cgroups/verdict.hpp"

#include "cgroups/kernel_file.hpp"
#include "cgroups/walk.hpp"
#include "cgroups/watch.hpp"

namespace berth::cgroups {

namespace {

/// nullopt also when it cannot be read: the count of kills stands whatever else is known.
std::optional<Bytes> bytes_in(const Hierarchy& hierarchy, std::string_view path, const char* v1,
                              const char* v2) {
  const Result<Dir> memory = hierarchy.open_cgroup("memory", path);
  if (!memory) return std::nullopt;
  const auto number = read_number_if_there(*memory, hierarchy.version() == Version::V1 ? v1 : v2);
  if (!number || !*number) return std::nullopt;
  return Bytes{**number};
}

}  // namespace

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
  verdict.memory_peak = bytes_in(hierarchy, path, "memory.max_usage_in_bytes", "memory.peak");
  for (std::string_view at = path; at.size() >= top.size(); at = at.substr(0, at.rfind('/'))) {
    const auto limit = bytes_in(hierarchy, at, "memory.limit_in_bytes", "memory.max");
    if (limit && (!verdict.memory_limit || *limit < *verdict.memory_limit)) {
      verdict.memory_limit = limit;
    }
  }
  return verdict;
}

}  // namespace berth::cgroups
