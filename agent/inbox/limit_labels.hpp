// limit_labels.hpp - limits of a container for which ECS has no field, from its labels; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/inbox/findings.hpp"
#include "agent/model/node_facts.hpp"
#include "agent/model/task.hpp"
#include "base/units.hpp"

namespace berth::inbox {

/// "96M" as bytes: a whole number, with k, M or G for 1024, its square and its cube, as the kernel
/// takes it. nullopt: it is none, or not from 4M to a pebibyte.
std::optional<Bytes> memory_in(std::string_view text);

/// Sets what each container's dockerLabels "berth.memory.high", "berth.io.weight" and
/// "berth.pids.max" say. What these cgroups cannot hold is refused. Needs containers, their memory
/// and their labels.
void add_limit_labels(const model::CgroupFacts& cgroups, model::Task& task, Findings& findings);

}  // namespace berth::inbox
