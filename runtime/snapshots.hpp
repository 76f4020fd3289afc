// snapshots.hpp - the snapshots of our namespace, as containerd lists them.
#pragma once

#include <string>
#include <vector>

#include "base/async.hpp"
#include "containerd_api/connection.hpp"

namespace berth::runtime {

struct SnapshotName {
  std::string key;
  bool is_active = false;  ///< written to; a committed one is a layer of an image
};

/// All snapshots of the connection's namespace. fails: Unavailable, TimedOut.
Async<std::vector<SnapshotName>> list_snapshots(containerd_api::Connection& connection,
                                                std::string snapshotter, Deadline by);

}  // namespace berth::runtime
