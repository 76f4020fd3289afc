// typed_members.hpp - the typed members of a payload's container as ours; pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/inbox/findings.hpp"
#include "agent/model/container.hpp"
#include "controlplane/protocol/payload.hpp"

namespace berth::inbox {

/// Bounds that no task means to reach: beyond them sums of sizes would overflow.
inline constexpr std::int64_t kMaxCpuUnits = std::int64_t{1} << 30;   // a million cores
inline constexpr std::int64_t kMaxMebibytes = std::int64_t{1} << 30;  // a pebibyte

/// Everything of the container but its dockerConfig strings and its dependencies.
/// where: "containerDefinitions[0]". volumes: the task's, for the mount points.
model::Container typed_members(const protocol::Container& given, const std::string& where,
                               const std::vector<protocol::Volume>& volumes, Findings& findings);

}  // namespace berth::inbox
