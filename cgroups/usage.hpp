// usage.hpp - what a cgroup has used so far.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/units.hpp"
#include "cgroups/tree.hpp"

namespace berth::cgroups {

/// How long processes waited for something instead of running.
struct Stall {
  double avg10 = 0;                   ///< percent of the last ten seconds
  std::chrono::nanoseconds total{0};  ///< since the cgroup was made

  bool operator==(const Stall&) const = default;
};

/// Stalls for want of one resource. source: Linux, accounting/psi.rst.
struct Pressure {
  Stall some;                 ///< of at least one process
  std::optional<Stall> full;  ///< of all at once; of a CPU since Linux 5.13

  bool operator==(const Pressure&) const = default;
};

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

  // v2, or the cgroup2 mount of a hybrid host where runc makes the cgroup; absent where the kernel
  // counts no pressure (CONFIG_PSI, psi=0, cgroup.pressure of 0).
  std::optional<Pressure> cpu_pressure{};
  std::optional<Pressure> memory_pressure{};
  std::optional<Pressure> io_pressure{};

  bool operator==(const Usage&) const = default;
};

/// fails:  NotFound (cgroup is gone).
/// source: Linux, admin-guide/cgroup-v2.rst "cpu.stat", "memory.stat", "io.stat";
///         "cpu.pressure"; admin-guide/cgroup-v1/cpuacct.rst, memory.rst, blkio-controller.rst.
Result<Usage> usage_of(const Hierarchy& hierarchy, std::string_view path);

}  // namespace berth::cgroups
