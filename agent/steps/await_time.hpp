// await_time.hpp - steps that wait for a turn or a moment and touch nothing.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Waits until the node has room for the task. fails: Invalid (it never will), TimedOut, Cancelled.
Async<Sight> await_resources(Tools& tools, RecordPtr record);

/// Waits until the startTimeout of a running container has passed. fails: Cancelled.
Async<Sight> await_start_timeout(Tools& tools, RecordPtr record, std::size_t container);

/// Waits until ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION after the task's end. fails: Cancelled.
Async<Sight> await_cleanup(Tools& tools, RecordPtr record);

/// What is left of `whole` since a moment. The wall clock may have jumped: never more than all.
std::chrono::milliseconds rest_of(std::chrono::milliseconds whole, std::optional<WallTime> since,
                                  WallTime now);

}  // namespace berth::steps
