// look.hpp - what is really there of a task.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Looks at every container, the cgroup and the network of the task, until all could be seen.
/// fails: Cancelled.
Async<Sight> look(Tools& tools, RecordPtr record);

/// Looks at one container once. fails: Unavailable, TimedOut, Cancelled.
Async<engine::ContainerLook> look_at_container(Tools& tools, RecordPtr record,
                                               std::size_t container);

}  // namespace berth::steps
