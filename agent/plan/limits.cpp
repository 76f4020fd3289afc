// limits.cpp - ECS's numbers as the kernel's.
#include "agent/plan/limits.hpp"

#include <algorithm>
#include <cctype>

namespace berth::plan {

namespace {

constexpr std::uint64_t kPeriodUs = 100'000;           // ECS_CGROUP_CPU_PERIOD's default
constexpr Bytes kLeastMemory{std::uint64_t{4} << 20};  // source: reference task model, section 3.1

std::uint64_t shares_of(CpuUnits cpu) {
  return std::clamp(cpu.count, cgroups::kMinShares, cgroups::kMaxShares);
}

std::uint64_t rlimit_of(std::int64_t value) {
  return value < 0 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(value);  // -1 is "unlimited"
}

/// Weights are of neighbours: those of containers share out what the task has among the others.
/// As a whole it weighs what the heaviest of its containers does, so that a label counts on the
/// node, too.
std::optional<std::uint64_t> io_weight_of(const model::Task& task, const Settings& settings) {
  if (!settings.has_io_weight && !settings.has_bfq_weight) return std::nullopt;
  std::optional<std::uint64_t> weight;
  bool has_unlabelled = false;
  for (const model::Container& container : task.containers) {
    weight = std::max(weight, container.io_weight);
    has_unlabelled = has_unlabelled || !container.io_weight;
  }
  if (weight && has_unlabelled) weight = std::max(*weight, cgroups::kDefaultIoWeight);
  return weight;
}

}  // namespace

cgroups::Limits task_limits_for(const model::Task& task, const Settings& settings) {
  cgroups::Limits limits;
  limits.io_weight = io_weight_of(task, settings);
  if (!settings.task_limits) return limits;
  if (task.cpu && *task.cpu > 0) {
    const auto quota = static_cast<std::uint64_t>(*task.cpu * static_cast<double>(kPeriodUs) + 0.5);
    limits.cpu_quota = cgroups::CpuQuota{std::max(quota, cgroups::kMinCpuTimeUs), kPeriodUs};
  } else {
    std::uint64_t shares = 0;
    for (const model::Container& container : task.containers) shares += shares_of(container.cpu);
    limits.cpu_shares = std::min(shares, cgroups::kMaxShares);
  }
  if (task.memory && task.memory->count > 0) {
    limits.memory_max = task.memory->bytes();
    // Without a bound on swap a task could grow past its memory by the host's whole swap.
    if (settings.counts_swap) limits.memory_and_swap = Bytes{2 * limits.memory_max->count};
  }
  return limits;
}

runtime::Resources resources_for(const model::Container& container, const Settings& settings) {
  runtime::Resources resources;
  resources.cpu_shares = shares_of(container.cpu);
  if (container.memory && container.memory->count > 0) {
    resources.memory_max = std::max(container.memory->bytes(), kLeastMemory);
    if (settings.counts_swap) {
      resources.memory_swap_total =
          container.memory_swap_total.value_or(Bytes{2 * resources.memory_max->count});
    }
  }
  if (container.memory_reservation && container.memory_reservation->count > 0) {
    resources.memory_reservation = container.memory_reservation->bytes();
  }
  if (container.pids_limit && *container.pids_limit > 0) {
    resources.pids_max = static_cast<std::uint64_t>(*container.pids_limit);
  }
  resources.memory_high = container.memory_high;
  if (container.io_weight && settings.has_io_weight) resources.io_weight = container.io_weight;
  if (container.io_weight && settings.has_bfq_weight) {
    resources.bfq_weight = cgroups::bfq_weight_for(*container.io_weight);
  }
  return resources;
}

std::vector<runtime::Rlimit> rlimits_for(const model::Container& container) {
  std::vector<runtime::Rlimit> rlimits;
  bool has_nofile = false;
  for (const model::Ulimit& wanted : container.ulimits) {
    std::string name = "RLIMIT_";
    for (const char c : wanted.name) name += static_cast<char>(std::toupper(c));
    has_nofile = has_nofile || name == "RLIMIT_NOFILE";
    rlimits.push_back({name, rlimit_of(wanted.soft), rlimit_of(wanted.hard)});
  }
  if (!has_nofile) rlimits.push_back({"RLIMIT_NOFILE", 32'768, 65'536});
  for (runtime::Rlimit& rlimit : rlimits) {
    rlimit.soft = std::min(rlimit.soft, rlimit.hard);
  }
  return rlimits;
}

}  // namespace berth::plan
