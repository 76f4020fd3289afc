// gpus.hpp - which GPUs a task of a file gets, there being nobody to give it some; pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/model/task.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::standing {

/// Notes how many GPUs each container of a checked definition wants: that many empty ids.
void want_gpus(const Json& definition, model::Task& task);

/// fails:  Invalid (the task wants more than the node has).
Result<> check_gpus(const model::Task& task, const std::vector<std::string>& node);

/// Puts ids in the places of the empty ones. Those that nobody has go first; where there are too
/// few of them the task waits for others in the node's queue.
///
/// node:  as check_gpus had it.
void choose_gpus(model::Task& task, const std::vector<std::string>& node,
                 const std::set<std::string>& taken);

}  // namespace berth::standing
