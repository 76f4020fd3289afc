// step_limits.hpp - how long each step may take; pure.
#pragma once

#include <chrono>
#include <optional>

#include "agent/engine/step.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

/// nullopt: the step is tried again until it succeeds or nobody wants it any more.
std::optional<std::chrono::milliseconds> limit_for(const engine::Step& step,
                                                   const model::Record& record,
                                                   const Limits& limits,
                                                   const plan::Settings& settings);

/// A process made anew and started.
inline std::chrono::milliseconds restart_limit(const Limits& limits) {
  return limits.create + limits.start;
}

}  // namespace berth::steps
