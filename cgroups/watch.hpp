// watch.hpp - what happened in a cgroup: out-of-memory kills, and whether anything runs in it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/unique_fd.hpp"
#include "cgroups/tree.hpp"

namespace berth::cgroups {

/// Facts of one cgroup with everything that is below it now.
struct Events {
  std::uint64_t oom_kills = 0;  ///< processes the kernel killed for a memory limit, so far
  bool populated = false;       ///< a process that has not ended is inside

  bool operator==(const Events&) const = default;
};

/// fails:  NotFound (cgroup is gone).
/// note:   v1 counts a kill in the cgroup of the killed process only and forgets it with that
///         cgroup: ask before a container's cgroup is removed. v2 keeps the sum in the parents.
/// source: Linux, admin-guide/cgroup-v1/memory.rst "OOM Control"; cgroup-v2.rst "memory.events".
Result<Events> events_of(const Hierarchy& hierarchy, std::string_view path);

/// Tells when the Events of one cgroup may have changed. Owns its descriptors; ends with them.
class Watch {
 public:
  /// v2: any change of memory.events and cgroup.events. v1: an out-of-memory condition of this
  /// very cgroup, and its removal; v1 has no event for "populated".
  ///
  /// fails:  NotFound (cgroup is gone, or v1 without the memory controller), Exhausted.
  static Result<Watch> open(const Hierarchy& hierarchy, std::string_view path);

  /// Readable when something may have changed. Not blocking.
  int fd() const { return fd_.get(); }

  /// Empties fd(); then ask events_of. v1 tells before it kills: a count not yet risen may rise a
  /// moment later, at the latest when the process has ended.
  void drain();

 private:
  explicit Watch(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace berth::cgroups
