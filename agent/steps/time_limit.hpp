// time_limit.hpp - ECS's words for a step that ran out of its time.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace berth::steps {

/// The error of a step, and when it is TimedOut: "Could not transition to created; timed out after
/// waiting 4m0s". What had been waited for goes to the log.
/// source: reference state machine, section 7, DockerTimeoutError.
Error told_as_limit(Error error, const std::string& state, std::chrono::milliseconds limit);

}  // namespace berth::steps
