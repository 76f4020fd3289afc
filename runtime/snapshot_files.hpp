// snapshot_files.hpp - reading files of a snapshot without mounting it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/user.hpp"

namespace berth::runtime {

/// How containerd would have a snapshot mounted. source: containerd, api/types/mount.proto.
struct SnapshotMount {
  std::string type;                  ///< "overlay" or "bind"
  std::string source;                ///< bind: the directory
  std::vector<std::string> options;  ///< overlay: "lowerdir=a:b", "upperdir=c", ...
};

/// One file as a container would see it: looked for in the topmost layer first; links are followed
/// within the layer and never out of it. Blocks for a disk read.
///
/// path:   relative, such as "etc/passwd".
/// limit:  bytes; a longer file is refused, it comes from a stranger's image.
/// fails:  Invalid (not an ordinary file, too long), Broken (the mounts cannot be understood).
Result<std::optional<std::string>> read_snapshot_file(const std::vector<SnapshotMount>& mounts,
                                                      const std::string& path,
                                                      std::size_t limit = 1 << 20);

/// The snapshot's own users and groups. Blocks; fails as read_snapshot_file does.
Result<UserDatabase> read_users(const std::vector<SnapshotMount>& mounts);

}  // namespace berth::runtime
