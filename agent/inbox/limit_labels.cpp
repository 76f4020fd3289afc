// limit_labels.cpp - one label for each limit, and what of the node it needs.
#include "agent/inbox/limit_labels.hpp"

#include <algorithm>
#include <string>

#include "agent/inbox/labels.hpp"
#include "agent/inbox/typed_members.hpp"

namespace berth::inbox {

namespace {

constexpr Bytes kLeastMemory{std::uint64_t{4} << 20};  // as ECS has it for memory
constexpr Bytes kMostMemory{static_cast<std::uint64_t>(kMaxMebibytes) << 20};
constexpr std::uint64_t kMostWeight = 10'000;   // cgroup-v2.rst, "io.weight"
constexpr std::uint64_t kMostPids = 4'194'304;  // kernel: PID_MAX_LIMIT of 64 bits

bool has_controller(const model::CgroupFacts& cgroups, std::string_view name) {
  return std::find(cgroups.controllers.begin(), cgroups.controllers.end(), name) !=
         cgroups.controllers.end();
}

/// A label of a container.
struct Label {
  std::string field;
  const std::string& text;
};

// What keeps a node from holding such a limit; "" is nothing.

std::string bar_to_memory_high(const model::CgroupFacts& cgroups) {
  if (cgroups.version != 2) return "it has cgroup v1, and memory.high is one of v2";
  return has_controller(cgroups, "memory") ? "" : "it has no cgroup controller memory";
}

std::string bar_to_io_weight(const model::CgroupFacts& cgroups) {
  if (cgroups.version != 2) return "it has cgroup v1, and io.weight is one of v2";
  const bool has_any = cgroups.has_io_weight || cgroups.has_bfq_weight;
  return has_any ? "" : "its kernel has neither io.weight (blk-iocost) nor io.bfq.weight (bfq)";
}

std::string bar_to_pids_max(const model::CgroupFacts& cgroups) {
  return has_controller(cgroups, "pids") ? "" : "it has no cgroup controller pids";
}

void set_memory_high(const Label& label, model::Container& container, Findings& findings) {
  const std::optional<Bytes> high = memory_in(label.text);
  if (!high) {
    findings.refuse(label.field, label.text,
                    "must be bytes from 4M to 1048576G, a whole number with k, M or G");
  } else if (container.memory && *high > container.memory->bytes()) {
    findings.refuse(
        label.field, label.text,
        "must not be above memory " + std::to_string(container.memory->count) + " (MiB)");
  } else {
    container.memory_high = high;
  }
}

void set_io_weight(const Label& label, model::Container& container, Findings& findings) {
  container.io_weight = number_in(label.text, 1, kMostWeight);
  if (!container.io_weight) {
    findings.refuse(label.field, label.text, "must be a whole number from 1 to 10000");
  }
}

void set_pids_max(const Label& label, model::Container& container, Findings& findings) {
  const auto most = number_in(label.text, 1, kMostPids);
  if (!most) {
    findings.refuse(label.field, label.text, "must be a whole number from 1 to 4194304");
    return;
  }
  container.pids_limit = static_cast<std::int64_t>(*most);
}

struct Known {
  std::string_view prefix;
  std::string_view name;  ///< the only one with this prefix
  std::string (*bar)(const model::CgroupFacts& cgroups);
  void (*set)(const Label& label, model::Container& container, Findings& findings);
};

constexpr Known kKnown[] = {
    {"berth.io.", "berth.io.weight", bar_to_io_weight, set_io_weight},
    {"berth.memory.", "berth.memory.high", bar_to_memory_high, set_memory_high},
    {"berth.pids.", "berth.pids.max", bar_to_pids_max, set_pids_max}};

void add(const Known& known, const std::string& name, const Label& label,
         const model::CgroupFacts& cgroups, model::Container& container, Findings& findings) {
  if (name != known.name) {
    findings.refuse(label.field, label.text, "there is " + std::string(known.name) + " only");
    return;
  }
  const std::string bar = known.bar(cgroups);
  if (!bar.empty()) {
    findings.refuse(label.field, label.text, "not possible on this node: " + bar);
    return;
  }
  known.set(label, container, findings);
}

}  // namespace

std::optional<Bytes> memory_in(std::string_view text) {
  const auto count = number_in(text, kLeastMemory.count, kMostMemory.count, 1'024);
  return count ? std::optional(Bytes{*count}) : std::nullopt;
}

void add_limit_labels(const model::CgroupFacts& cgroups, model::Task& task, Findings& findings) {
  for (std::size_t at = 0; at < task.containers.size(); ++at) {
    model::Container& container = task.containers[at];
    for (const auto& [name, text] : container.labels) {
      const auto known = std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& one) {
        return name.starts_with(one.prefix);
      });
      if (known == std::end(kKnown)) continue;
      add(*known, name, {label_at(at, name), text}, cgroups, container, findings);
    }
  }
}

}  // namespace berth::inbox
