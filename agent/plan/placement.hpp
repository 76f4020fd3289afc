// placement.hpp - the names of a task's objects; pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/model/record.hpp"
#include "agent/plan/settings.hpp"

namespace berth::plan {

/// The cgroup of a task.
std::string cgroup_path_of(std::string_view task_id, const Settings& settings);

/// Where the folders of all tasks are, one for each.
std::string files_parent(const Settings& settings);
std::string logs_parent(const Settings& settings);

/// How its interface is to be made: over its trunk, if it names one; else as the node has it.
model::EniAccess eni_access_for(const model::Task& task, const Settings& settings);

/// Names of everything the task will have on this node, all made from its id.
model::Placement placement_for(const model::Task& task, const Settings& settings);

}  // namespace berth::plan
