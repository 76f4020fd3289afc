// bandwidth.hpp - limits of a task's traffic, from labels of its containers; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/inbox/findings.hpp"
#include "agent/model/task.hpp"

namespace berth::inbox {

/// "10M" as bits per second: a whole number, with k, M or G for thousands, millions, milliards.
/// nullopt: it is none, or not from 1k to 100G.
std::optional<std::uint64_t> bandwidth_in(std::string_view text);

/// Sets the task's bandwidth: of each direction what any of its containers names, in dockerLabels
/// "berth.bandwidth.ingress" and "berth.bandwidth.egress". Needs containers and network mode.
void add_bandwidth(model::Task& task, Findings& findings);

}  // namespace berth::inbox
