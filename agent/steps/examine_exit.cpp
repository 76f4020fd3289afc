// examine_exit.cpp - looks at a cgroup until it is empty.
#include "agent/steps/examine_exit.hpp"

#include <array>

#include "agent/plan/containers.hpp"
#include "agent/plan/slice.hpp"
#include "agent/plan/stop.hpp"
#include "agent/steps/await_time.hpp"
#include "agent/steps/kill_cgroup.hpp"
#include "cgroups/verdict.hpp"

namespace berth::steps {

namespace {

using std::chrono::milliseconds;

// v1 has no event for "empty", and a process may take a moment to be gone: looks at 0, 1, 5 and
// 25 ms, then every 100.
constexpr std::array kPauses{milliseconds(1), milliseconds(4), milliseconds(20)};
constexpr milliseconds kPause{100};

struct LastWords {
  std::optional<cgroups::Verdict> own;      ///< nullopt: the container's cgroup is gone
  std::optional<cgroups::Verdict> of_task;  ///< where that may be
};

std::optional<model::OutOfMemory> out_of_memory_in(const std::optional<cgroups::Verdict>& seen) {
  if (!seen || seen->oom_kills == 0) return std::nullopt;
  model::OutOfMemory verdict;
  verdict.kills = seen->oom_kills;
  if (seen->memory_limit) verdict.limit = seen->memory_limit->count;
  if (seen->memory_peak) verdict.peak = seen->memory_peak->count;
  return verdict;
}

engine::ExitExamined sight_of(const model::Record& record, std::size_t container,
                              const LastWords& seen) {
  engine::ExitExamined examined;
  examined.container = container;
  examined.cgroup_found = seen.own.has_value();
  examined.out_of_memory = out_of_memory_in(seen.own);
  examined.of_task = out_of_memory_in(seen.of_task);
  if (!examined.of_task) return examined;
  // The task's limit is not below a container's, and its peak is that of all of them.
  const auto& limit = record.task.containers[container].memory;
  if (limit && limit->count > 0) examined.of_task->limit = limit->bytes().count;
  if (record.containers.size() > 1) examined.of_task->peak.reset();
  return examined;
}

/// When those that outlive the first process are killed: at the end of the stop timeout, which
/// counts from the stop signal or else from the exit.
milliseconds patience(const Tools& tools, const model::Record& record, std::size_t container) {
  const model::ContainerRecord& one = record.containers[container];
  const milliseconds whole =
      plan::stop_timeout_for(record.task.containers[container], tools.settings);
  const std::optional<WallTime> since =
      one.stop_signalled_at ? one.stop_signalled_at : std::optional(one.ended->at);
  return rest_of(whole, since, tools.clock.wall());
}

Result<std::optional<cgroups::Verdict>> verdict_if_there(const cgroups::Hierarchy& hierarchy,
                                                         const std::string& path,
                                                         const std::string& task_path) {
  Result<cgroups::Verdict> verdict = cgroups::verdict_of(hierarchy, path, task_path);
  if (verdict.failed_with(Errc::NotFound)) return std::optional<cgroups::Verdict>();
  if (!verdict) return std::move(verdict).error();
  return std::optional(*verdict);
}

Async<LastWords> read_cgroup(Tools& tools, RecordPtr record, std::size_t container) {
  auto work = [hierarchy = &tools.hierarchy,
               path = plan::cgroup_path_of_container(*record, container),
               task_path = record->placement.cgroup_path]() -> Result<LastWords> {
    LastWords seen;
    BERTH_TRY(seen.own, verdict_if_there(*hierarchy, path, task_path));
    // systemd takes an empty scope away at once. v1 keeps no sum in the parent.
    if (plan::slice_of(task_path) && hierarchy->version() == cgroups::Version::V2) {
      BERTH_TRY(seen.of_task, verdict_if_there(*hierarchy, task_path, task_path));
    }
    return seen;
  };
  const Deadline by = Deadline::after(tools.limits.call);
  Result<LastWords> seen = co_await tools.offload.run_until(std::move(work), by);
  co_return seen;
}

}  // namespace

Async<Sight> examine_exit(Tools& tools, RecordPtr record, std::size_t container) {
  const Deadline stop_by = tools.clock.in(patience(tools, *record, container));
  for (std::size_t looks = 0;; ++looks) {
    BERTH_CO_TRY(const LastWords seen, co_await read_cgroup(tools, record, container));
    if (!seen.own || seen.own->processes == 0) {
      co_return Sight(sight_of(*record, container, seen));
    }
    if (tools.clock.now() >= stop_by.at) {
      BERTH_CO_CHECK(co_await kill_cgroup(tools, record, container));
      engine::ExitExamined examined = sight_of(*record, container, seen);
      examined.left_behind = static_cast<int>(seen.own->processes);
      co_return Sight(std::move(examined));
    }
    BERTH_CO_CHECK(co_await tools.clock.sleep(looks < kPauses.size() ? kPauses[looks] : kPause));
  }
}

}  // namespace berth::steps
