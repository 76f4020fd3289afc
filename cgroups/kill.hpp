// kill.hpp - end every process in a cgroup.
#pragma once

#include <string_view>

#include "cgroups/tree.hpp"

namespace berth::cgroups {

/// Kills every process in the cgroup and below it, and waits until none is left. cgroup.kill where
/// the kernel has it (v2, Linux 5.14); else freeze, SIGKILL, thaw, until nothing is found, so that
/// a fork bomb cannot outrun it.
///
/// by:     how long to wait for processes that do not end at once.
/// fails:  TimedOut (naming a process that is left: it is stuck in the kernel), Invalid (this
///         very process is inside), Denied.
/// again:  yes; an empty cgroup and one that is gone are successes.
/// note:   blocks; call it through Offload.
Result<> kill_all(const Hierarchy& hierarchy, std::string_view path, Deadline by);

}  // namespace berth::cgroups
