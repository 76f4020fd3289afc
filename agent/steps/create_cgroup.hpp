// create_cgroup.hpp - the task's own cgroup, with its limits.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// fails: Denied, Exhausted, Invalid (the kernel refuses a limit), Cancelled. again: yes.
Async<Sight> create_cgroup(Tools& tools, RecordPtr record);

}  // namespace berth::steps
