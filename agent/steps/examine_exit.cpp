// examine_exit.cpp - looks at a cgroup until it is empty.
#include "agent/steps/examine_exit.hpp"

#include <array>

#include "agent/plan/containers.hpp"
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

/// nullopt: the cgroup is gone.
using LastWords = std::optional<cgroups::Verdict>;

engine::ExitExamined sight_of(std::size_t container, const LastWords& seen) {
  engine::ExitExamined examined;
  examined.container = container;
  examined.cgroup_found = seen.has_value();
  if (!seen || seen->oom_kills == 0) return examined;
  model::OutOfMemory verdict;
  verdict.kills = seen->oom_kills;
  if (seen->memory_limit) verdict.limit = seen->memory_limit->count;
  if (seen->memory_peak) verdict.peak = seen->memory_peak->count;
  examined.out_of_memory = verdict;
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

Async<LastWords> read_cgroup(Tools& tools, RecordPtr record, std::size_t container) {
  auto work = [hierarchy = &tools.hierarchy,
               path = plan::cgroup_path_of_container(*record, container),
               task_path = record->placement.cgroup_path]() -> Result<LastWords> {
    Result<cgroups::Verdict> verdict = cgroups::verdict_of(*hierarchy, path, task_path);
    if (verdict.failed_with(Errc::NotFound)) return LastWords{};
    if (!verdict) return std::move(verdict).error();
    return LastWords(*verdict);
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
    if (!seen || seen->processes == 0) co_return Sight(sight_of(container, seen));
    if (tools.clock.now() >= stop_by.at) {
      BERTH_CO_CHECK(co_await kill_cgroup(tools, record, container));
      engine::ExitExamined examined = sight_of(container, seen);
      examined.left_behind = static_cast<int>(seen->processes);
      co_return Sight(std::move(examined));
    }
    BERTH_CO_CHECK(co_await tools.clock.sleep(looks < kPauses.size() ? kPauses[looks] : kPause));
  }
}

}  // namespace berth::steps
