// clean.hpp - taking away what a stopped task has on this node.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Processes, shim, network and cgroup away; files, logs and snapshots stay. fails: Cancelled.
Async<Sight> release(Tools& tools, RecordPtr record);

/// Containers, snapshots, files and logs away. fails: Cancelled.
Async<Sight> clean(Tools& tools, RecordPtr record);

}  // namespace berth::steps
