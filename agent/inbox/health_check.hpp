// health_check.hpp - Docker's Healthcheck as ours; pure.
#pragma once

#include <optional>
#include <string>

#include "agent/inbox/findings.hpp"
#include "agent/model/container.hpp"
#include "base/json.hpp"

namespace berth::inbox {

/// check: {"Test": [...], "Interval", "Timeout", "StartPeriod" (ns), "Retries"}; 0 and absent are
/// ECS's defaults. For {"NONE"}, which asks for no check, one without a command; nullopt for what
/// is refused. source: Docker Engine API, HealthConfig; ECS, task definition parameters,
/// "healthCheck".
std::optional<model::HealthCheck> health_check_of(const Json& check, const std::string& where,
                                                  Findings& findings);

}  // namespace berth::inbox
