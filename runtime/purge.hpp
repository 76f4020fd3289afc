// purge.hpp - emptying our namespace in containerd.
#pragma once

#include "base/async.hpp"
#include "containerd_api/connection.hpp"
#include "runtime/runtime.hpp"

namespace berth::runtime {

/// Removes everything in the connection's containerd namespace, then the namespace: containers with
/// what still runs in them, images, leases, snapshots, content. again: yes.
///
/// fails:  Invalid (something was made there meanwhile), Unavailable, TimedOut.
Async<> purge_namespace(containerd_api::Connection& connection, Containers& containers,
                        Deadline by);

}  // namespace berth::runtime
