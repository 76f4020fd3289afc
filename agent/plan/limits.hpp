// limits.hpp - what a task and its containers may use; pure.
#pragma once

#include "agent/model/task.hpp"
#include "agent/plan/settings.hpp"
#include "cgroups/spec.hpp"
#include "runtime/spec.hpp"

namespace berth::plan {

/// The task's own cgroup. source: reference task model, "CPU and memory at task level".
cgroups::Limits task_limits_for(const model::Task& task, const Settings& settings);

/// One container's cgroup below it.
runtime::Resources resources_for(const model::Container& container, const Settings& settings);

/// The container's rlimits; the runtime room clamps them to what the host allows.
/// source: Docker's names; "nofile" of 32768:65536 where the task names none, as Amazon Linux has.
std::vector<runtime::Rlimit> rlimits_for(const model::Container& container);

}  // namespace berth::plan
