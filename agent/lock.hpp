// lock.hpp - one agent for each run directory and each containerd namespace.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::agent {

/// Holds what this process owns alone; the kernel gives it back when the process ends, however.
class Locks {
 public:
  /// Takes `<run_dir>/berthd.lock` and `<lock_dir>/berthd-<containerd namespace>.lock`. The second
  /// is the host's own (/run/lock), because runc keeps its state by namespace name, whatever
  /// containerd it belongs to.
  ///
  /// fails:  Exists ("run directory /run/berth is in use by berthd with pid 4711"), Denied.
  static Result<Locks> take(const std::string& run_dir, const std::string& lock_dir,
                            const std::string& containerd_namespace);

 private:
  std::vector<UniqueFd> held_;
};

}  // namespace berth::agent
