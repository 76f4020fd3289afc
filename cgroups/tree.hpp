// tree.hpp - create, find and remove cgroups in whatever hierarchies this node has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.hpp"
#include "base/dir.hpp"
#include "cgroups/mounts.hpp"

namespace berth::cgroups {

enum class Version : std::uint8_t { V1, V2 };

/// Where one controller keeps one cgroup, for people and tests to look at.
struct Place {
  std::string controllers;  ///< "memory", "cpu,cpuacct"; v2: "" (all of them are in one directory)
  std::string path;         ///< absolute

  bool operator==(const Place&) const = default;
};

/// The cgroup hierarchies of this node. One instance for the daemon. Its calls block on the kernel
/// (a v1 rmdir or attach may wait milliseconds for RCU), so they are made through Offload; it holds
/// open directories and nothing that changes, so several threads may call at once.
///
/// A path names one cgroup below every hierarchy's root: "/berth/<task>"; the leading slash is
/// optional. The root itself and paths with "." or ".." are Invalid everywhere.
class Hierarchy {
 public:
  /// One mounted hierarchy: all of v2, or one group of v1 controllers.
  struct Branch {
    bool unified = false;
    std::vector<std::string> controllers;  ///< v1: as mounted; v2: those the root offers
    Dir root;
  };

  /// Opens what /proc/self/mounts names. v1 with a controller-less cgroup2 beside it is V1, hybrid.
  ///
  /// fails:  NotFound (no hierarchy with a cpu or memory controller is mounted).
  static Result<Hierarchy> open();
  /// The same from a mounts text; tests name directories of their own there.
  static Result<Hierarchy> open(std::string_view mounts);

  Version version() const { return version_; }
  /// v1 with cgroup2 mounted beside it. crun refuses such hosts.
  bool is_hybrid() const { return hybrid_; }
  bool has(std::string_view controller) const { return branch_of(controller) != nullptr; }
  /// Controllers that can be used, sorted: "cpu", "memory", ...
  std::vector<std::string> controllers() const;
  /// True when the kernel accounts swap, so that Limits::memory_and_swap has an effect.
  bool counts_swap() const;
  /// True when the kernel weighs disk traffic of cgroups by that file: "io.weight" (blk-iocost),
  /// "io.bfq.weight" (bfq; its module may be loaded later). Never on v1.
  bool weighs_io(std::string_view file) const;

  /// Makes the cgroup and its missing parents in each hierarchy a container needs; on v2 hands
  /// cpu, memory, pids, io and cpuset down the path, to the cgroups below it as well.
  ///
  /// fails:  Denied (read-only or not ours), Exhausted (a cgroup on the path holds processes, v2).
  /// again:  yes.
  /// note:   on v2 a cgroup that hands controllers down holds no processes itself: they go into
  ///         cgroups below it, as runc makes them for containers.
  Result<> create(std::string_view path) const;

  /// Removes the cgroup and all below it from every hierarchy, also those runc or systemd added.
  ///
  /// by:     a cgroup that is still busy is tried again until then.
  /// fails:  TimedOut (processes are left in it: kill_all first), Denied.
  /// again:  yes; nothing there is a success.
  Result<> remove(std::string_view path, Deadline by) const;

  /// Removes the cgroup wherever there is nothing below and nobody in it. again: yes.
  /// fails:  Denied.
  Result<> remove_if_empty(std::string_view path) const;

  bool exists(std::string_view path) const;

  /// The cgroup's directory of that controller. fails: NotFound, Invalid.
  Result<Dir> open_cgroup(std::string_view controller, std::string_view path) const;
  /// Its directories, one for each hierarchy where it exists.
  std::vector<Place> places(std::string_view path) const;

  /// nullptr where this node lacks the controller.
  const Branch* branch_of(std::string_view controller) const;
  /// The cgroup2 mount, also a hybrid's; nullptr where there is none.
  const Branch* unified() const;
  const std::vector<Branch>& branches() const { return branches_; }

 private:
  bool is_below_root(std::string_view controller, std::string_view file) const;

  Hierarchy(Version version, bool hybrid, std::vector<Branch> branches)
      : version_(version), hybrid_(hybrid), branches_(std::move(branches)) {}

  Version version_;
  bool hybrid_;
  std::vector<Branch> branches_;
};

/// "/berth/t1" and "berth/t1" as "berth/t1". fails: Invalid (the root, "." or "..", empty names).
Result<std::string> relative_path(std::string_view path);

/// The cgroup of a container as runc's linux.cgroupsPath wants it with the cgroupfs driver:
/// "/berth/<task>/<container>". parent: BERTH_CGROUP_PARENT, absolute.
std::string runc_path(std::string_view parent, std::string_view task, std::string_view container);

}  // namespace berth::cgroups
