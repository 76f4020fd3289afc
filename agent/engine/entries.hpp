// entries.hpp - steps, sights and changes as lines of a timeline; pure.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "agent/engine/observed.hpp"
#include "agent/engine/step.hpp"
#include "agent/model/record.hpp"
#include "agent/model/timeline.hpp"

namespace berth::engine {

/// The step that a sight is the answer to; nullopt for what happens by itself.
std::optional<Step> answered_step(const Sight& sight);

/// That a step begins; nullopt for those that only wait, and for the endless row of probes.
std::optional<model::Entry> begin_entry(const Step& step, const model::Record& record, WallTime at);

/// What a sight says. nullopt for healthy probes and the like: nothing worth a line.
///
/// took:  how long the step took that it answers.
std::optional<model::Entry> sight_entry(const Observed& seen, const model::Record& record,
                                        std::optional<std::chrono::milliseconds> took);

/// Lines for all that is different: states, health, restarts, and the verdicts once it is over.
std::vector<model::Entry> change_entries(const model::Record& before, const model::Record& after,
                                         WallTime at);

/// That the task was taken in.
model::Entry accepted_entry(const model::Record& record, WallTime at);

}  // namespace berth::engine
