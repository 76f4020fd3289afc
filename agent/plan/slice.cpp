// slice.cpp - limits as properties of units; names that systemd and runc take apart alike.
#include "agent/plan/slice.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"
#include "agent/plan/limits.hpp"

namespace berth::plan {

namespace {

constexpr std::string_view kSliceEnd = ".slice";
constexpr const char* kAgentUnit = "berthd.service";
constexpr std::uint64_t kSecondUs = 1'000'000;

/// "/berth.slice/berth-1.slice" as "berth-1".
std::string stem_of(const std::string& slice_path) {
  const std::size_t begin = slice_path.rfind('/') + 1;
  return slice_path.substr(begin, slice_path.size() - begin - kSliceEnd.size());
}

using Properties = std::vector<systemd::Property>;

void add_cpu(const cgroups::Limits& limits, bool is_v2, Properties& properties) {
  // What is not said systemd sets to a default of its own, which is not the kernel's.
  const std::uint64_t shares = limits.cpu_shares.value_or(cgroups::kDefaultShares);
  properties.push_back(is_v2 ? systemd::Property{"CPUWeight", cgroups::weight_for(shares)}
                             : systemd::Property{"CPUShares", shares});
  if (!limits.cpu_quota) return;
  const auto [quota, period] = *limits.cpu_quota;
  properties.push_back({"CPUQuotaPerSecUSec", quota * kSecondUs / period});
  properties.push_back({"CPUQuotaPeriodUSec", period});
}

void add_memory(const cgroups::Limits& limits, Properties& properties) {
  if (limits.memory_max) properties.push_back({"MemoryMax", limits.memory_max->count});
  if (limits.memory_reservation) {
    properties.push_back({"MemoryLow", limits.memory_reservation->count});
  }
  if (limits.memory_and_swap) {
    properties.push_back(
        {"MemorySwapMax", limits.memory_and_swap->count - limits.memory_max->count});
  }
}

}  // namespace

std::string cgroup_path_of_slice(std::string_view task_id, const std::string& parent) {
  std::string id(task_id);
  std::replace(id.begin(), id.end(), '-', '_');
  return parent + "/" + stem_of(parent) + "-" + id + std::string(kSliceEnd);
}

std::optional<std::string> slice_of(const std::string& cgroup_path) {
  if (!std::string_view(cgroup_path).ends_with(kSliceEnd)) return std::nullopt;
  return stem_of(cgroup_path) + std::string(kSliceEnd);
}

systemd::TransientUnit slice_for(const model::Record& record, const Settings& settings) {
  const model::Task& task = record.task;
  const cgroups::Limits limits = task_limits_for(task, settings);
  systemd::TransientUnit slice{stem_of(record.placement.cgroup_path) + std::string(kSliceEnd), {}};
  slice.properties = {{"Description", "task " + task.family + ":" + task.version + " " +
                                          model::task_id_of(task.arn)},
                      {"DefaultDependencies", false},
                      {"Before", std::vector<std::string>{kAgentUnit}},
                      {"CollectMode", std::string("inactive-or-failed")},
                      {"CPUAccounting", true},
                      {"IOAccounting", true},
                      {"MemoryAccounting", true},
                      {"TasksAccounting", true}};
  add_cpu(limits, settings.cgroup_v2, slice.properties);
  add_memory(limits, slice.properties);
  if (limits.io_weight) slice.properties.push_back({"IOWeight", *limits.io_weight});
  if (limits.pids_max) slice.properties.push_back({"TasksMax", *limits.pids_max});
  return slice;
}

Scope scope_for(const std::string& slice_path, std::size_t container) {
  const std::string stem = stem_of(slice_path);
  const std::string ordinal = std::to_string(container);
  Scope scope;
  scope.cgroup_path = slice_path + "/" + stem + "-" + ordinal + ".scope";
  scope.of_runtime = stem + std::string(kSliceEnd) + ":" + stem + ":" + ordinal;
  const std::string property = "org.systemd.property.";
  // In GVariant's text form. Without TasksMax a scope gets systemd's default for a service.
  scope.annotations = {{property + "Before", std::string("['") + kAgentUnit + "']"},
                       {property + "CollectMode", "'inactive-or-failed'"},
                       {property + "TasksMax", "uint64 18446744073709551615"}};
  return scope;
}

}  // namespace berth::plan
