// settle.hpp - what follows from a change of the facts, without asking the world; pure.
#pragma once

#include "agent/engine/facts.hpp"

namespace berth::engine {

/// An essential container's end stops the task; what never started, and what would be started
/// again, stops without asking the world; the task is as far as its slowest container.
void settle(Facts& facts, WallTime at);

}  // namespace berth::engine
