// group_file.hpp - the security groups that a file describes; pure.
#pragma once

#include <vector>

#include "agent/model/network.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::networks {

/// The words are those of docs/formats/berth-network.md, without version and members, which the
/// node keeps itself.
///
/// fails:  Invalid: member, value and what is allowed.
Result<std::vector<model::SecurityGroup>> read_groups(const std::vector<const Json*>& given);

}  // namespace berth::networks
