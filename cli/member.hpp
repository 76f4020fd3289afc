// member.hpp - what became of a join, by what berthd says of its membership; pure.
#pragma once

#include <chrono>
#include <string>

#include "agent/local/membership.hpp"

namespace berth::cli {

/// Waiting longer changes nothing. cluster: that was joined.
bool is_settled(const local::MembershipView& view, const std::string& cluster);

/// How a join that waited this long ends: what to say of it.
///
/// fails:  Invalid (berthd has another cluster, or the instance is DRAINING: a person must act),
///         TimedOut (not connected, or not ACTIVE).
Result<std::string> judge_member(const local::MembershipView& view, const std::string& cluster,
                                 std::chrono::seconds patience);

}  // namespace berth::cli
