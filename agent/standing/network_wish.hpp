// network_wish.hpp - what a file says of its task's interface, beside the definition; pure.
#pragma once

#include <optional>

#include "agent/model/network.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::standing {

/// Takes `networkConfiguration` out of what a file says: the interface it asks for, as yet without
/// an address. nullopt: there is none of it.
///
/// fails:  Invalid: member, value and what is allowed.
/// source: ECS, RunTask, networkConfiguration; its only subnet is a network of the node, by name.
Result<std::optional<model::Eni>> take_network_wish(Json& file);

}  // namespace berth::standing
