// spec.hpp - what a cgroup should be, and who makes it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "base/units.hpp"

namespace berth::cgroups {

/// Who makes cgroups. The words are those of runc, containerd and the kubelet.
enum class Driver : std::uint8_t {
  Cgroupfs,  ///< we, by mkdir
  Systemd,   ///< systemd, asked for slices and scopes
};

constexpr const char* name_of(Driver driver) {
  return driver == Driver::Systemd ? "systemd" : "cgroupfs";
}

/// CPU time a cgroup may use in each period.
struct CpuQuota {
  std::uint64_t quota_us = 0;         ///< at least kMinCpuTimeUs
  std::uint64_t period_us = 100'000;  ///< kernel default; kMinCpuTimeUs to kMaxCpuPeriodUs

  bool operator==(const CpuQuota&) const = default;
};

/// Limits of one cgroup, as a whole: a member that is absent lifts that limit.
struct Limits {
  std::optional<std::uint64_t>
      cpu_shares;  ///< v1 units, kMinShares to kMaxShares; 1024 is a core's
  std::optional<CpuQuota> cpu_quota;
  std::optional<Bytes> memory_max;          ///< > 0; the kernel rounds down to whole pages
  std::optional<Bytes> memory_reservation;  ///< v1 soft limit, v2 memory.low; a hint to reclaim
  std::optional<Bytes> memory_and_swap;     ///< memory plus swap; not below memory_max; needs it
  std::optional<std::uint64_t> pids_max;    ///< > 0
  std::optional<std::uint64_t> io_weight;   ///< 1 to kMaxIoWeight; v2, where the kernel weighs

  bool operator==(const Limits&) const = default;
};

inline constexpr std::uint64_t kMinShares = 2;        // kernel/sched/sched.h, MIN_SHARES
inline constexpr std::uint64_t kMaxShares = 262'144;  // kernel/sched/sched.h, MAX_SHARES
inline constexpr std::uint64_t kDefaultShares = 1024;
inline constexpr std::uint64_t kDefaultIoWeight = 100;  // cgroup-v2.rst, "io.weight"
inline constexpr std::uint64_t kMaxIoWeight = 10'000;
inline constexpr std::uint64_t kMaxBfqWeight = 1'000;  // kernel/block/bfq-iosched.h, BFQ_MAX_WEIGHT
inline constexpr std::uint64_t kMinCpuTimeUs = 1'000;  // kernel: min_cfs_quota_period
inline constexpr std::uint64_t kMaxCpuPeriodUs = 1'000'000;  // kernel: max_cfs_quota_period

/// cpu.weight (1 to 10000) for v1 shares, on the line runc and the kubelet use: 2 is 1, 262144 is
/// 10000. Values outside the range of shares are moved to its end.
constexpr std::uint64_t weight_for(std::uint64_t shares) {
  const std::uint64_t within = shares < kMinShares   ? kMinShares
                               : shares > kMaxShares ? kMaxShares
                                                     : shares;
  return 1 + ((within - kMinShares) * 9'999) / (kMaxShares - kMinShares);
}

/// The fewest shares whose weight this is; weight_for(shares_for(w)) is w.
constexpr std::uint64_t shares_for(std::uint64_t weight) {
  const std::uint64_t within = weight < 1 ? 1 : weight > 10'000 ? 10'000 : weight;
  return kMinShares + ((within - 1) * (kMaxShares - kMinShares) + 9'998) / 9'999;
}

/// io.bfq.weight (1 to 1000) for an io.weight (1 to 10000), on the line systemd uses: the default,
/// 100, stays what it is; above it ten are squeezed into one.
constexpr std::uint64_t bfq_weight_for(std::uint64_t weight) {
  if (weight <= kDefaultIoWeight) return weight;
  return kDefaultIoWeight + (weight - kDefaultIoWeight) * (kMaxBfqWeight - kDefaultIoWeight) /
                                (kMaxIoWeight - kDefaultIoWeight);
}

}  // namespace berth::cgroups
