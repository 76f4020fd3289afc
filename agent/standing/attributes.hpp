// attributes.hpp - whether a control plane would place a task on the node at all; pure.
#pragma once

#include <vector>

#include "agent/standing/review.hpp"
#include "base/json.hpp"

namespace berth::standing {

/// What keeps a control plane from placing a task here: a node that lacks an attribute gets no task
/// that requires it, from Amazon ECS none at all, from berth-lab as far as it looks at them.
///
/// definition: checked, so with requiresAttributes.
std::vector<inbox::Refused> refused_by_placement(const Json& definition, const Node& node);

}  // namespace berth::standing
