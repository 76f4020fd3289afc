// dependencies.hpp - who waits for whom in a task, and whether that can ever end; pure.
#pragma once

#include "agent/inbox/findings.hpp"
#include "agent/model/task.hpp"
#include "controlplane/protocol/payload.hpp"

namespace berth::inbox {

/// Fills in depends_on of every container; `task.containers` are `given.containers` in their order.
/// Refused: names and conditions that do not exist, HEALTHY on a container without a reported
/// check, and cycles.
/// source: reference state machine, section 1.
void add_dependencies(const protocol::Task& given, model::Task& task, Findings& findings);

}  // namespace berth::inbox
