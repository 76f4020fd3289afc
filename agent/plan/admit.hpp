// admit.hpp - what a task takes of the node, and what the node has to give; pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "agent/model/task.hpp"
#include "base/units.hpp"

namespace berth::plan {

/// An amount of the node: what it has, what a task takes, or what is free.
struct Demand {
  CpuUnits cpu;
  Mebibytes memory;
  std::set<std::string> exclusive;  ///< what only one can have: "tcp/80", "udp/53", "gpu/<id>"
  bool operator==(const Demand&) const = default;
};

/// What ECS counts a task for: its own CPU and memory or else the sums of its containers'
/// (memoryReservation before memory), and the host ports it names. A task of launch type FARGATE
/// counts for nothing.
/// source: reference state machine, section 12.
Demand demand_of(const model::Task& task);

}  // namespace berth::plan
