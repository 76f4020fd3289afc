// network.hpp - the network mode of a task and its interface, checked; pure.
#pragma once

#include <string>
#include <vector>

#include "agent/inbox/findings.hpp"
#include "agent/model/task.hpp"
#include "controlplane/protocol/berth_network.hpp"
#include "controlplane/protocol/payload.hpp"

namespace berth::inbox {

/// Sets network_mode and eni of the task.
/// host_modes: HostConfig.NetworkMode of each container; "" where it has none.
/// gives_addresses: the node does, to awsvpc tasks, so that none has to be described.
void add_network(const protocol::Task& given, const std::vector<std::string>& host_modes,
                 bool gives_addresses, model::Task& task, Findings& findings);

model::SecurityGroup security_group_of(const protocol::SecurityGroup& given);

/// What berth-lab told of the network, as the node keeps it.
model::ClusterNetwork network_of(const protocol::BerthNetworkMessage& message);

}  // namespace berth::inbox
