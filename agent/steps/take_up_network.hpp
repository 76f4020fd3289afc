// take_up_network.hpp - the network of a task that was there before this process, known again; and
// what the control plane tells of the network meanwhile.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Holds the task's ports of the host and makes the firewall expect its devices; to be restored
/// once for all. Ports that somebody took meanwhile are logged: packets to them still reach the
/// task.
/// fails: as expect_through(): it must not go on like that.
Result<> take_up_network(Tools& tools, const model::Record& record);

/// Security groups and ways to other nodes as told. Flows that are established go on. Blocks.
/// again: yes. fails: as firewall::Table::follow and netns::sync_node_routes, Invalid (names the
/// route); what can be followed is.
Result<> follow_network(Tools& tools, const model::ClusterNetwork& told);

}  // namespace berth::steps
