// settle.hpp - what follows from a change of the facts, without asking the world; pure.
#pragma once

#include <string>

#include "agent/engine/facts.hpp"

namespace berth::engine {

/// Keeps why the container could not go on; the first reason wins.
void fail(model::ContainerRecord& container, model::FaultKind kind, std::string message);

/// Its process has ended so, and it is not started again.
void stop_with(model::Record& record, std::size_t container, model::Exit exit);

/// An essential container's end stops the task; what never started, and what would be started
/// again, stops without asking the world; the task is as far as its slowest container.
void settle(Facts& facts, WallTime at);

}  // namespace berth::engine
