// resource_use.cpp - a cgroup's counters, as people ask for them.
#include "agent/steps/resource_use.hpp"

#include "cgroups/usage.hpp"

namespace berth::steps {

namespace {

std::optional<model::Stall> stall_of(const std::optional<cgroups::Pressure>& pressure) {
  if (!pressure) return std::nullopt;
  model::Stall stall{pressure->some.avg10, std::nullopt};
  if (pressure->full) stall.full = pressure->full->avg10;
  return stall;
}

}  // namespace

Result<model::ResourceUse> resource_use(const Tools& tools, const model::Record& record) {
  using std::chrono::milliseconds;
  BERTH_TRY(const cgroups::Usage usage,
            cgroups::usage_of(tools.hierarchy, record.placement.cgroup_path));
  model::ResourceUse use;
  use.cpu = std::chrono::floor<milliseconds>(usage.cpu_total);
  use.periods = usage.periods;
  use.throttled_periods = usage.throttled_periods;
  use.throttled = std::chrono::floor<milliseconds>(usage.throttled);
  use.memory_bytes = usage.memory.count;
  use.cache_bytes = usage.memory_inactive_file.count;
  if (record.task.memory) use.memory_limit_bytes = record.task.memory->bytes().count;
  use.processes = usage.pids;
  use.read_bytes = usage.io_read.count;
  use.written_bytes = usage.io_written.count;
  use.cpu_stall = stall_of(usage.cpu_pressure);
  use.memory_stall = stall_of(usage.memory_pressure);
  use.io_stall = stall_of(usage.io_pressure);
  return use;
}

}  // namespace berth::steps
