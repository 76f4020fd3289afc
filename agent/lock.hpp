// lock.hpp - one agent for each run directory, data directory and containerd namespace.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::agent {

/// What one agent has for itself.
struct Owned {
  std::string run_dir;
  std::string data_dir;
  std::string lock_dir;  ///< the host's own, root's alone: /run/berth-locks
  std::string containerd_namespace;
};

/// Holds what this process owns alone; the kernel gives it back when the process ends, however.
class Locks {
 public:
  /// Takes `<run_dir>/berthd.lock`, `<data_dir>/berth.db.lock` and `<lock_dir>/berthd-<containerd
  /// namespace>.lock`. The last is the host's own, because runc keeps its state by namespace name,
  /// whatever containerd it belongs to. Makes the directories. Waits up to 2 s for a child that a
  /// holder left behind when it was killed.
  ///
  /// fails:  Exists ("run directory /run/berth is in use by berthd with pid 4711"), Denied.
  static Result<Locks> take(const Owned& owned);

  /// Removes the files while they are held, then each directory if nothing else is in it.
  /// again: yes. fails: Denied.
  Result<> discard();

 private:
  struct File {
    std::string path;
    UniqueFd fd;
  };
  std::vector<File> held_;
  std::vector<std::string> directories_;
};

}  // namespace berth::agent
