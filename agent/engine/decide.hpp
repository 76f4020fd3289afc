// decide.hpp - what a task does next. Facts in, steps out; total, pure.
#pragma once

#include <vector>

#include "agent/engine/facts.hpp"
#include "agent/engine/step.hpp"

namespace berth::engine {

/// The steps to begin now, besides those in flight. Empty when there is nothing to do but wait for
/// what is in flight, for the world, or for the control plane.
std::vector<Step> decide(const Facts& facts);

/// True when a step in flight no longer matters, so that it should be cancelled: a probe of a
/// container that is stopping, a pull for a task that will not run.
bool is_moot(const Facts& facts, const Step& step);

/// True when the task is over and its record may be forgotten.
inline bool is_over(const Facts& facts) {
  return facts.cleaned && facts.in_flight.empty();
}

}  // namespace berth::engine
