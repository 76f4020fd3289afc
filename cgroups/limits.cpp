// limits.cpp - each limit in the kernel's words, v1 and v2.
#include "cgroups/limits.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/crash_point.hpp"
#include "cgroups/kernel_file.hpp"

namespace berth::cgroups {

namespace {

using Number = std::optional<std::uint64_t>;

std::string or_none(const Number& value, const char* none) {
  return value ? std::to_string(*value) : none;
}

Number count_of(const std::optional<Bytes>& bytes) {
  return bytes ? Number(bytes->count) : std::nullopt;
}

Error refuse(const std::string& why) {
  return Error{Errc::Invalid, 0, why};
}

/// The controller's directory of this cgroup; nullopt where the node lacks the controller and
/// nothing is asked of it.
Result<std::optional<Dir>> cgroup_for(const Hierarchy& hierarchy, const char* controller,
                                      std::string_view path, bool asked) {
  if (!hierarchy.has(controller)) {
    if (!asked) return std::optional<Dir>();
    return Error{Errc::Denied, 0,
                 std::string(controller) + " limits: this node has no " + controller +
                     " cgroup controller (a kernel option, or not delegated)"};
  }
  BERTH_TRY(Dir dir, hierarchy.open_cgroup(controller, path));
  return std::optional<Dir>(std::move(dir));
}

/// Period and quota are two files and the kernel checks them together against parent and children.
/// Lifting the quota first makes every step valid if the end is.
Result<> set_quota_v1(const Dir& cpu, const std::optional<CpuQuota>& quota) {
  if (!cpu.exists("cpu.cfs_quota_us")) {
    if (!quota) return ok();
    return Error{Errc::Denied, 0, "this kernel has no CPU quota (CONFIG_CFS_BANDWIDTH)"};
  }
  BERTH_TRY(const Number quota_now, read_number(cpu, "cpu.cfs_quota_us"));
  BERTH_TRY(const Number period_now, read_number(cpu, "cpu.cfs_period_us"));
  // Said again to a cgroup in use, it is not lifted, not even for a moment.
  if (quota && quota_now == quota->quota_us && period_now == quota->period_us) return ok();
  BERTH_CHECK(cpu.write("cpu.cfs_quota_us", "-1"));
  if (!quota) return ok();
  BERTH_CHECK(cpu.write("cpu.cfs_period_us", std::to_string(quota->period_us)));
  return cpu.write("cpu.cfs_quota_us", std::to_string(quota->quota_us));
}

/// memsw (memory plus swap) may never be below the memory limit, so a growing pair starts with
/// memsw and a shrinking one with memory.
Result<> set_memory_v1(const Dir& memory, const Limits& limits) {
  const char* const kMemory = "memory.limit_in_bytes";
  const char* const kBoth = "memory.memsw.limit_in_bytes";
  const std::string wanted = or_none(count_of(limits.memory_max), "-1");
  if (!memory.exists(kBoth)) {
    BERTH_CHECK(memory.write(kMemory, wanted));
  } else {
    const Number both = count_of(limits.memory_and_swap);
    BERTH_TRY(const Number both_now, read_number(memory, kBoth));
    const bool grows = !both || (both_now && *both >= *both_now);
    if (grows) BERTH_CHECK(memory.write(kBoth, or_none(both, "-1")));
    BERTH_CHECK(memory.write(kMemory, wanted));
    if (!grows) BERTH_CHECK(memory.write(kBoth, or_none(both, "-1")));
  }
  // Kernels built for real time have no soft limit; it is only a hint.
  if (!memory.exists("memory.soft_limit_in_bytes")) return ok();
  return memory.write("memory.soft_limit_in_bytes",
                      or_none(count_of(limits.memory_reservation), "-1"));
}

Result<> set_cpu_v2(const Dir& cpu, const Limits& limits) {
  const std::uint64_t weight = weight_for(limits.cpu_shares.value_or(kDefaultShares));
  BERTH_CHECK(cpu.write("cpu.weight", std::to_string(weight)));
  if (!limits.cpu_quota) return cpu.write("cpu.max", "max");
  return cpu.write("cpu.max", std::to_string(limits.cpu_quota->quota_us) + " " +
                                  std::to_string(limits.cpu_quota->period_us));
}

Result<> set_memory_v2(const Dir& memory, const Limits& limits) {
  BERTH_CHECK(memory.write("memory.max", or_none(count_of(limits.memory_max), "max")));
  BERTH_CHECK(memory.write("memory.low", or_none(count_of(limits.memory_reservation), "0")));
  if (!memory.exists("memory.swap.max")) return ok();
  Number swap;
  if (limits.memory_and_swap) swap = limits.memory_and_swap->count - limits.memory_max->count;
  return memory.write("memory.swap.max", or_none(swap, "max"));
}

Result<> set_cpu(const Hierarchy& hierarchy, std::string_view path, const Limits& limits) {
  const bool asked = limits.cpu_shares || limits.cpu_quota;
  BERTH_TRY(const std::optional<Dir> cpu, cgroup_for(hierarchy, "cpu", path, asked));
  if (!cpu) return ok();
  if (hierarchy.version() == Version::V2) return set_cpu_v2(*cpu, limits);
  BERTH_CHECK(cpu->write("cpu.shares", std::to_string(limits.cpu_shares.value_or(kDefaultShares))));
  return set_quota_v1(*cpu, limits.cpu_quota);
}

Result<> set_memory(const Hierarchy& hierarchy, std::string_view path, const Limits& limits) {
  const bool asked = limits.memory_max || limits.memory_reservation;
  BERTH_TRY(const std::optional<Dir> memory, cgroup_for(hierarchy, "memory", path, asked));
  if (!memory) return ok();
  return hierarchy.version() == Version::V2 ? set_memory_v2(*memory, limits)
                                            : set_memory_v1(*memory, limits);
}

Result<> set_pids(const Hierarchy& hierarchy, std::string_view path, const Limits& limits) {
  BERTH_TRY(const std::optional<Dir> pids,
            cgroup_for(hierarchy, "pids", path, limits.pids_max.has_value()));
  return pids ? pids->write("pids.max", or_none(limits.pids_max, "max")) : ok();
}

/// Either scheduler, or both, may be in the kernel, and each has a file of its own.
Result<> set_io(const Hierarchy& hierarchy, std::string_view path, const Limits& limits) {
  const Error none{Errc::Denied, 0, "this kernel weighs no disk traffic of cgroups"};
  if (hierarchy.version() != Version::V2) return limits.io_weight ? Result<>(none) : ok();
  BERTH_TRY(const std::optional<Dir> io,
            cgroup_for(hierarchy, "io", path, limits.io_weight.has_value()));
  if (!io) return ok();
  const bool has_cost = io->exists("io.weight");
  const bool has_bfq = io->exists("io.bfq.weight");
  if (limits.io_weight && !has_cost && !has_bfq) return none;
  const std::uint64_t weight = limits.io_weight.value_or(kDefaultIoWeight);
  if (has_cost) BERTH_CHECK(io->write("io.weight", "default " + std::to_string(weight)));
  return has_bfq ? io->write("io.bfq.weight", std::to_string(bfq_weight_for(weight))) : ok();
}

std::optional<Bytes> bytes_of(const Number& value) {
  return value ? std::optional<Bytes>(Bytes{*value}) : std::nullopt;
}

/// cpu.max: "max 100000" or "50000 100000".
Result<std::optional<CpuQuota>> parse_cpu_max(const std::string& text) {
  if (text.rfind("max", 0) == 0) return std::optional<CpuQuota>();
  CpuQuota quota;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, quota.quota_us);
  const bool parted = first.ec == std::errc() && first.ptr != end && *first.ptr == ' ';
  if (!parted || std::from_chars(first.ptr + 1, end, quota.period_us).ec != std::errc()) {
    return Error{Errc::Broken, 0, "cpu.max: \"" + text + "\" is not a quota and a period"};
  }
  return std::optional<CpuQuota>(quota);
}

Result<> read_cpu(const Hierarchy& hierarchy, const Dir& cpu, Limits& limits) {
  if (hierarchy.version() == Version::V2) {
    BERTH_TRY(const Number weight, read_number(cpu, "cpu.weight"));
    if (weight) limits.cpu_shares = shares_for(*weight);
    BERTH_TRY(const std::string text, cpu.read("cpu.max"));
    BERTH_TRY(limits.cpu_quota, parse_cpu_max(text));
    return ok();
  }
  BERTH_TRY(limits.cpu_shares, read_number(cpu, "cpu.shares"));
  BERTH_TRY(const Number quota, read_number_if_there(cpu, "cpu.cfs_quota_us"));
  if (!quota) return ok();
  BERTH_TRY(const Number period, read_number(cpu, "cpu.cfs_period_us"));
  limits.cpu_quota = CpuQuota{*quota, period.value_or(0)};
  return ok();
}

Result<> read_memory(const Hierarchy& hierarchy, const Dir& memory, Limits& limits) {
  const bool v2 = hierarchy.version() == Version::V2;
  BERTH_TRY(const Number max, read_number(memory, v2 ? "memory.max" : "memory.limit_in_bytes"));
  BERTH_TRY(const Number low,
            read_number_if_there(memory, v2 ? "memory.low" : "memory.soft_limit_in_bytes"));
  BERTH_TRY(const Number swap,
            read_number_if_there(memory, v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes"));
  limits.memory_max = bytes_of(max);
  if (low != Number(0)) limits.memory_reservation = bytes_of(low);
  limits.memory_and_swap = bytes_of(v2 && swap && max ? Number(*swap + *max)
                                    : v2              ? Number()
                                                      : swap);
  return ok();
}

/// io.weight: "default 100", then devices with weights of their own.
Result<> read_io(const Dir& io, Limits& limits) {
  BERTH_TRY(const std::string text, read_if_there(io, "io.weight"));
  const Number weight = field(text, "default");
  if (weight != Number(kDefaultIoWeight)) limits.io_weight = weight;
  return ok();
}

}  // namespace

Result<> check(const Limits& limits) {
  if (limits.cpu_shares && (*limits.cpu_shares < kMinShares || *limits.cpu_shares > kMaxShares)) {
    return refuse("cpu shares of " + std::to_string(*limits.cpu_shares) +
                  ": allowed are 2 to 262144");
  }
  if (limits.cpu_quota) {
    const auto [quota, period] = *limits.cpu_quota;
    if (period < kMinCpuTimeUs || period > kMaxCpuPeriodUs) {
      return refuse("cpu period of " + std::to_string(period) + " us: allowed are 1000 to 1000000");
    }
    if (quota < kMinCpuTimeUs) {
      return refuse("cpu quota of " + std::to_string(quota) +
                    " us: the kernel takes no less than 1000 in a period");
    }
  }
  // Zero is legal for the kernel and kills everything inside; nobody who asks for it means it.
  if (limits.memory_max && limits.memory_max->count == 0) return refuse("memory limit of 0 bytes");
  if (limits.memory_and_swap && !limits.memory_max) {
    return refuse("a limit on memory plus swap needs one on memory");
  }
  if (limits.memory_and_swap && *limits.memory_and_swap < *limits.memory_max) {
    return refuse("memory plus swap of " + std::to_string(limits.memory_and_swap->count) +
                  " bytes is below the memory limit of " +
                  std::to_string(limits.memory_max->count));
  }
  if (limits.pids_max && *limits.pids_max == 0) return refuse("pids limit of 0");
  if (limits.io_weight && (*limits.io_weight == 0 || *limits.io_weight > kMaxIoWeight)) {
    return refuse("io weight of " + std::to_string(*limits.io_weight) + ": allowed are 1 to 10000");
  }
  return ok();
}

Result<> set_limits(const Hierarchy& hierarchy, std::string_view path, const Limits& limits) {
  BERTH_CHECK(check(limits));
  for (const auto set : {set_cpu, set_memory, set_pids, set_io}) {
    if (Result<> done = set(hierarchy, path, limits); !done) {
      return std::move(done).error().while_doing("limit cgroup " + std::string(path));
    }
    BERTH_CRASH_POINT("cgroup.limit-set");
  }
  return ok();
}

Result<Limits> limits_in_force(const Hierarchy& hierarchy, std::string_view path) {
  Limits limits;
  BERTH_TRY(const std::optional<Dir> cpu, cgroup_for(hierarchy, "cpu", path, false));
  if (cpu) BERTH_CHECK(read_cpu(hierarchy, *cpu, limits));
  BERTH_TRY(const std::optional<Dir> memory, cgroup_for(hierarchy, "memory", path, false));
  if (memory) BERTH_CHECK(read_memory(hierarchy, *memory, limits));
  BERTH_TRY(const std::optional<Dir> pids, cgroup_for(hierarchy, "pids", path, false));
  if (pids) {
    BERTH_TRY(limits.pids_max, read_number(*pids, "pids.max"));
  }
  BERTH_TRY(const std::optional<Dir> io, cgroup_for(hierarchy, "io", path, false));
  if (io) BERTH_CHECK(read_io(*io, limits));
  return limits;
}

}  // namespace berth::cgroups
