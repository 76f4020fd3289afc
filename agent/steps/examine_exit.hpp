// examine_exit.hpp - why a container's process ended, and that nothing of it is left.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Reads the container's cgroup once its first process has ended: kills for memory, limit, peak.
/// Processes that outlive it (only without a pid namespace of its own) have until the container's
/// stop deadline; then they are killed and counted. fails: Cancelled.
Async<Sight> examine_exit(Tools& tools, RecordPtr record, std::size_t container);

}  // namespace berth::steps
