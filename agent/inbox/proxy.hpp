// proxy.hpp - proxyConfiguration of a task; pure.
#pragma once

#include "agent/inbox/findings.hpp"
#include "agent/model/task.hpp"
#include "controlplane/protocol/payload.hpp"

namespace berth::inbox {

/// Sets the task's proxy. Needs containers and network mode.
void add_proxy(const protocol::Task& given, model::Task& task, Findings& findings);

}  // namespace berth::inbox
