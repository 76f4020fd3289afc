// admit.hpp - what a task takes of the node, and what the node has to give; pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "agent/model/task.hpp"
#include "base/units.hpp"

namespace berth::plan {

/// A GPU among things that only one can have. The node has those that its capacity names.
inline constexpr std::string_view kGpuPrefix = "gpu/";
inline std::string gpu_name(const std::string& id) {
  return std::string(kGpuPrefix) + id;
}

/// An amount of the node: what it has, what a task takes, or what is free.
struct Demand {
  CpuUnits cpu;
  Mebibytes memory;
  std::set<std::string> exclusive;  ///< what only one can have: "tcp/80", "udp/53", gpu_name()
  bool operator==(const Demand&) const = default;
};

/// What ECS counts a task for: its own CPU and memory or else the sums of its containers'
/// (memoryReservation before memory), and the host ports it names. A task of launch type FARGATE
/// counts for nothing of these. GPUs count whoever has them.
/// source: reference state machine, section 12.
Demand demand_of(const model::Task& task);

}  // namespace berth::plan
