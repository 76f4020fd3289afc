// placement.hpp - the names of a task's objects; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/node_network.hpp"
#include "agent/model/record.hpp"
#include "agent/plan/settings.hpp"

namespace berth::plan {

/// The cgroup of a task.
std::string cgroup_path_of(std::string_view task_id, const Settings& settings);

/// Where the folders of all tasks are, one for each.
std::string files_parent(const Settings& settings);
std::string logs_parent(const Settings& settings);

/// How its interface is to be made: over its trunk, if it names one; as the network of a file in
/// whose subnet its address is, but for a NIC that a control plane announced; else as the node has
/// it.
model::EniAccess eni_access_for(const model::Task& task, const Settings& settings,
                                const std::vector<model::NodeNetwork>& networks);

/// Names of everything the task will have on this node, all made from its id.
model::Placement placement_for(const model::Task& task, const Settings& settings,
                               const std::vector<model::NodeNetwork>& networks = {});

}  // namespace berth::plan
