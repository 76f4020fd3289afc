// usage.hpp - what a cgroup has used so far.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/units.hpp"
#include "cgroups/tree.hpp"

namespace berth::cgroups {

/// Counters of one cgroup with everything below it, since it was made. A part whose controller
/// this node lacks stays zero.
struct Usage {
  std::chrono::nanoseconds cpu_total{0};  ///< v1 cpuacct.usage, v2 cpu.stat usage_usec
  std::chrono::nanoseconds cpu_user{0};
  std::chrono::nanoseconds cpu_system{0};
  std::uint64_t periods = 0;            ///< quota periods that have passed while it ran
  std::uint64_t throttled_periods = 0;  ///< those in which the quota was used up
  std::chrono::nanoseconds throttled{0};

  Bytes memory;                      ///< now, page cache included
  Bytes memory_inactive_file;        ///< of it, cache the kernel would give up first
  std::optional<Bytes> memory_peak;  ///< v1 always; v2 since Linux 5.19
  std::optional<Bytes> swap;         ///< now; absent where swap is not accounted

  std::uint64_t pids = 0;  ///< now, threads included

  Bytes io_read;  ///< over all devices
  Bytes io_written;
  std::uint64_t io_reads = 0;
  std::uint64_t io_writes = 0;

  bool operator==(const Usage&) const = default;
};

/// fails:  NotFound (cgroup is gone).
/// source: Linux, admin-guide/cgroup-v2.rst "cpu.stat", "memory.stat", "io.stat";
///         admin-guide/cgroup-v1/cpuacct.rst, memory.rst, blkio-controller.rst.
Result<Usage> usage_of(const Hierarchy& hierarchy, std::string_view path);

}  // namespace berth::cgroups
