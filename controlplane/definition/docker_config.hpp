// docker_config.hpp - a container definition as Docker's Config and HostConfig documents; pure.
#pragma once

#include <string>

#include "base/json.hpp"

namespace berth::definition {

/// What the agent lays over the typed members: health check (times in ns), user, labels and so on.
/// source: ECS payloads, containers[].dockerConfig.config.
Json docker_config(const Json& container);

/// Limits, capabilities, log driver and so on. `memory_mib` is the hard limit after overrides, 0
/// for none; `reservation_mib` likewise. source: ECS payloads,
/// containers[].dockerConfig.hostConfig.
Json docker_host_config(const Json& container, const std::string& network_mode,
                        const std::string& task_id, std::int64_t memory_mib,
                        std::int64_t reservation_mib);

}  // namespace berth::definition
