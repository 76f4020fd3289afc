// kill_cgroup.hpp - a container's processes, ended by the kernel without the engine.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// How long processes that were killed may take to be gone.
inline constexpr std::chrono::seconds kCgroupEmpties{10};

/// Kills all that is in the container's cgroup and waits until it is empty. again: yes.
/// fails: as cgroups::kill_all; Cancelled.
Async<> kill_cgroup(Tools& tools, RecordPtr record, std::size_t container);

}  // namespace berth::steps
