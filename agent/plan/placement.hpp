// placement.hpp - the names of a task's objects; pure.
#pragma once

#include "agent/model/record.hpp"
#include "agent/plan/settings.hpp"

namespace berth::plan {

/// Names of everything the task will have on this node, all made from its id.
model::Placement placement_for(const model::Task& task, const Settings& settings);

}  // namespace berth::plan
