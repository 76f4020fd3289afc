// port_mappings.hpp - ports of containers that the host has a part in, and links between
// containers.
#pragma once

#include "agent/inbox/findings.hpp"
#include "agent/model/task.hpp"
#include "controlplane/protocol/payload.hpp"

namespace berth::inbox {

/// Mode host: a container's ports are the host's. Mode bridge: what is published, and links. In
/// modes awsvpc and none a mapping means nothing to the node.
/// source: reference task model, section 8; reference networking, section 2.
void add_port_mappings(const protocol::Task& given, model::Task& task, Findings& findings);

}  // namespace berth::inbox
