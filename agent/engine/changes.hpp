// changes.hpp - what can become of one container, each with all that goes with it; pure.
#pragma once

#include <string>

#include "agent/engine/facts.hpp"

namespace berth::engine {

/// At least `to`: what is known never goes back.
void raise(model::ContainerRecord& container, model::ContainerStatus to);

/// Keeps why the container could not go on; the first reason wins.
void fail(model::ContainerRecord& container, model::FaultKind kind, std::string message);

void started(model::ContainerRecord& container, WallTime at);

/// Its process is gone; what that means is decided once it has been looked into.
void ended(model::ContainerRecord& container, model::Exit exit);

/// It runs again, by its restart policy.
void restarted(Facts& facts, std::size_t container, WallTime at);

/// Its process has ended so, and it is not started again.
void stop_with(model::Record& record, std::size_t container, model::Exit exit);

void become(model::ContainerRecord& container, model::Health health, WallTime at);

}  // namespace berth::engine
