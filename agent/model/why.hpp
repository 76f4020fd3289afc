// why.hpp - what a task waits for, and why it died; pure data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace berth::model {

/// The one thing that has to happen next.
struct Waiting {
  std::string what;               ///< "container db to be HEALTHY"
  std::optional<WallTime> since;  ///< absent when it is not known
  std::optional<WallTime> until;  ///< absent: for as long as it takes
  std::string then;               ///< what happens at that moment; "" without one
  bool operator==(const Waiting&) const = default;
};

/// Why a task, or one of its containers, ended.
struct Verdict {
  std::string container;  ///< its name; "" for the task as a whole
  std::string text;
  bool operator==(const Verdict&) const = default;
};

/// What has passed a task's networks, all of them together, since they were made: as the task sees
/// it. source: ECS, networkStatsSet of PublishMetrics.
struct NetworkUse {
  std::uint64_t rx_bytes = 0;  ///< received, of whole Ethernet frames
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_errors = 0;
  std::uint64_t rx_dropped = 0;
  std::uint64_t tx_bytes = 0;  ///< sent
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_errors = 0;
  std::uint64_t tx_dropped = 0;
  bool operator==(const NetworkUse&) const = default;
};

/// How long processes of a task waited for something instead of running, in percent of the last ten
/// seconds. source: Linux, accounting/psi.rst.
struct Stall {
  double some = 0;             ///< at least one
  std::optional<double> full;  ///< all at once; absent where the kernel does not tell
  bool operator==(const Stall&) const = default;
};

/// What a task has of the node: its cgroup's counters, since it was made or now.
struct ResourceUse {
  std::chrono::milliseconds cpu{0};
  std::uint64_t periods = 0;            ///< of its CPU quota, in which it ran; 0 without one
  std::uint64_t throttled_periods = 0;  ///< in which the quota was used up
  std::chrono::milliseconds throttled{0};
  std::uint64_t memory_bytes = 0;                   ///< now, its files in the page cache included
  std::uint64_t cache_bytes = 0;                    ///< of it, what the kernel would give up first
  std::optional<std::uint64_t> memory_limit_bytes;  ///< the task's; absent without one
  std::uint64_t processes = 0;                      ///< now, threads included
  std::uint64_t read_bytes = 0;                     ///< from disks
  std::uint64_t written_bytes = 0;
  // Absent where the kernel counts no pressure.
  std::optional<Stall> cpu_stall;
  std::optional<Stall> memory_stall;
  std::optional<Stall> io_stall;
  bool operator==(const ResourceUse&) const = default;
};

/// The answer to "why?".
struct Why {
  std::string task_arn;
  std::string status;              ///< "PENDING", "RUNNING", "STOPPED"; "GONE" once cleaned up
  std::optional<WallTime> since;   ///< it has that status
  std::optional<Waiting> waiting;  ///< absent when it waits for nothing
  std::vector<Verdict> verdicts;   ///< the task's first; empty while nothing has ended
  /// Absent while it has no network of its own, and where nobody counts.
  std::optional<NetworkUse> network = {};
  std::optional<ResourceUse> resources = {};  ///< absent before and after it has a cgroup
  bool operator==(const Why&) const = default;
};

}  // namespace berth::model
