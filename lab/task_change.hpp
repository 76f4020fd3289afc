// task_change.hpp - what reports and requests make of a task; pure.
#pragma once

#include "controlplane/protocol/state_change.hpp"
#include "controlplane/protocol/telemetry.hpp"
#include "lab/task.hpp"

namespace berth::lab {

inline constexpr std::string_view kEssentialExited = "Essential container in task exited";

/// Takes in a report of the agent. A status never goes back; a report on a stopped task changes
/// nothing. A task whose interface is to be given back goes to DEPROVISIONING, another to STOPPED.
void apply(Task& task, const protocol::SubmitTaskStateChangeRequest& report, WallTime now);

/// The interface is there: PROVISIONING becomes PENDING. False when that was no news.
bool attached(Task& task);

/// Somebody wants it stopped. The first reason stays. What the agent cannot know of is over at
/// once.
void want_stopped(Task& task, const std::string& code, const std::string& reason, WallTime now);

/// Over without the agent's word: it was never told, or is gone for good.
void end(Task& task, WallTime now);

/// DEPROVISIONING becomes STOPPED.
void deprovisioned(Task& task);

/// Takes in what the agent's health checks said. True when something changed.
bool apply(Task& task, const protocol::TaskHealth& health);

/// What the agent should be told next to know everything; Nothing when it need not be told at all.
Told wanted(const Task& task);

}  // namespace berth::lab
