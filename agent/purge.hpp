// purge.hpp - removes everything berth made on this machine.
#pragma once

#include "agent/host.hpp"

namespace berth::agent {

/// Stops and removes every task, image, network and cgroup of this agent, puts changed settings of
/// the host back, and empties the data and run directories but for the locks. No daemon may run on
/// them meanwhile. What others made stays: cgroups beside ours.
/// again: yes; it goes on after a failure and reports the first one.
///
/// fails:  Unavailable (containerd is away: nothing of the host's part is lost by that), TimedOut.
Async<> purge(Host& host);

}  // namespace berth::agent
