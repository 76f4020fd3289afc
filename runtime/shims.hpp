// shims.hpp - containerd's shims as processes of the host: found, and ended when containerd lost
// them.
#pragma once

#include <string>
#include <vector>

#include "base/dir.hpp"

namespace berth::runtime {

/// One shim of our containerd namespace. It serves a whole group of containers and is named after
/// the first of them.
struct Shim {
  int pid = 0;
  std::string id;  ///< of the container it was started for
  bool operator==(const Shim&) const = default;
};

/// The shims that run for a containerd namespace, by their command lines. Blocks.
///
/// proc:   an open /proc.
/// source: containerd, runtime/v2: "containerd-shim-... -namespace NS -id ID -address ...".
Result<std::vector<Shim>> shims_of(const Dir& proc, const std::string& namespace_name);

/// Ends the shims named after these containers, once they have had a second to end by themselves,
/// and removes what they leave: bundle, mounts, runc's state. For shims
/// that containerd knows nothing of: one that was killed, or whose call was broken off, leaves
/// them. Nothing of their containers may run any more. Blocks. again: yes.
///
/// fails:  Denied, Broken (a shim that does not end, a mount that stays).
Result<> end_shims(const std::string& namespace_name, const std::vector<std::string>& ids);

}  // namespace berth::runtime
