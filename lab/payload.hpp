// payload.hpp - a task as the agent is told of it; pure.
#pragma once

#include <string>

#include "base/json.hpp"
#include "controlplane/protocol/payload.hpp"
#include "controlplane/protocol/session.hpp"
#include "lab/task.hpp"

namespace berth::lab {

/// The task of a PayloadMessage: its definition with the overrides merged in. Role credentials are
/// never in it; the lab has none to give.
///
/// shown: as DescribeTaskDefinition shows it. Its interface is not in it: see eni_of.
protocol::Task payload_of(const Task& task, const Json& shown, const std::string& cluster_arn,
                          const std::string& region);

/// The interface as both messages carry it. groups: its security groups and those they name.
protocol::ElasticNetworkInterface eni_of(const Interface& interface,
                                         std::vector<protocol::SecurityGroup> groups);

}  // namespace berth::lab
