// apply.hpp - what an observation makes of the facts; pure.
#pragma once

#include "agent/engine/facts.hpp"
#include "agent/engine/observed.hpp"

namespace berth::engine {

/// The facts after something was seen: the record raised, faults kept (the first wins), and what
/// follows from it settled: an essential container's end stops the task, containers that never
/// started stop without asking the world, the task is as far as its slowest container.
///
/// `pull_failure_stops_task`: ECS_IMAGE_PULL_BEHAVIOR is always or once.
Facts apply(Facts facts, const Observed& seen, bool pull_failure_stops_task);

/// Marks everything known as told, once a report of it is about to be written down.
model::Record told(model::Record record);

}  // namespace berth::engine
