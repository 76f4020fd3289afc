// gpus.hpp - GPUs of a task's containers, from the associations of its payload; pure.
#pragma once

#include <vector>

#include "agent/inbox/findings.hpp"
#include "agent/model/task.hpp"
#include "controlplane/protocol/payload.hpp"

namespace berth::inbox {

/// Gives each container its GPUs. Whether the node has them is the resource queue's to say. Needs
/// containers.
///
/// source: reference task model, "associations": a GPU belongs to exactly one container.
void add_gpus(const std::vector<protocol::Association>& given, model::Task& task,
              Findings& findings);

}  // namespace berth::inbox
