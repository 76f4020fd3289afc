// network.hpp - a task's ENI as the endpoint netns makes; pure.
#pragma once

#include <string>

#include "agent/model/task.hpp"
#include "agent/plan/settings.hpp"
#include "base/result.hpp"
#include "netns/spec.hpp"

namespace berth::plan {

/// fails:  Invalid (an address that does not parse; names the member of the ENI).
Result<netns::Endpoint> endpoint_for(const model::Task& task);

/// The hostname inside the container.
/// awsvpc: the ENI's private DNS name, else the first 12 letters of the task id. host: the host's
/// own. none: as awsvpc without a name. A container's own name wins but in awsvpc.
std::string hostname_for(const model::Task& task, std::size_t container, const Settings& settings);

}  // namespace berth::plan
