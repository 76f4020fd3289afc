// check_health.hpp - one probe, when its time has come.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Waits one interval (in the start period at most 5 s), then runs the health check's command in
/// the container. What the outcome means is decided in engine/apply.
/// source: reference state machine, section 6. fails: Cancelled.
Async<Sight> check_health(Tools& tools, RecordPtr record, std::size_t container);

}  // namespace berth::steps
