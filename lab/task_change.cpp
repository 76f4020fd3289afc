// task_change.cpp - what reports and requests make of a task; pure.
#include "lab/task_change.hpp"

#include <algorithm>

namespace berth::lab {

namespace {

int rank(std::string_view status) {
  return status == "STOPPED" ? 2 : status == "RUNNING" ? 1 : 0;
}

void apply(TaskContainer& container, const protocol::ContainerStateChange& change) {
  if (rank(change.status) > rank(container.last_status)) container.last_status = change.status;
  if (change.exit_code) container.exit_code = change.exit_code;
  if (!change.reason.empty()) container.reason = change.reason;
  if (!change.runtime_id.empty()) container.runtime_id = change.runtime_id;
  if (!change.image_digest.empty()) container.image_digest = change.image_digest;
  if (!change.network_bindings.empty()) container.bindings = change.network_bindings;
}

/// A process of it ran. An exit code beside a "Cannot..." reason is the agent's own: 143 for a
/// dependency that never came.
bool ran(const TaskContainer& container) {
  return container.exit_code && !container.reason.starts_with("Cannot");
}

/// The reason of the first container that stopped without having run; "" when none has one.
std::string failing_reason(const Task& task, bool essential) {
  for (const TaskContainer& container : task.containers) {
    if (container.essential != essential || container.last_status != "STOPPED") continue;
    if (!ran(container) && !container.reason.empty()) return container.reason;
  }
  return "";
}

/// Why a task that never was RUNNING ended, when it is not that an essential container exited.
std::optional<std::string> start_failure(const Task& task, const std::string& reason) {
  if (!reason.empty()) return reason;
  if (auto failed = failing_reason(task, true); !failed.empty()) return failed;
  const bool essential_ran =
      std::any_of(task.containers.begin(), task.containers.end(),
                  [](const TaskContainer& one) { return one.essential && ran(one); });
  if (essential_ran) return std::nullopt;
  auto failed = failing_reason(task, false);
  return failed.empty() ? "Task failed to start" : failed;
}

/// Notes why a task ends by itself. The control plane is who says so, not the agent.
void note_own_end(Task& task, const std::string& reason) {
  if (!task.stop_code.empty()) return;
  const auto failure = task.started_at ? std::nullopt : start_failure(task, reason);
  task.stop_code = failure ? "TaskFailedToStart" : "EssentialContainerExited";
  task.stopped_reason = failure          ? *failure
                        : reason.empty() ? std::string(kEssentialExited)
                                         : reason;
}

void want_stopped_now(Task& task, WallTime now) {
  task.desired = "STOPPED";
  if (!task.stopping_at) task.stopping_at = now;
}

void note_times(Task& task, const protocol::SubmitTaskStateChangeRequest& report) {
  if (report.pull_started_at) task.pull_started_at = report.pull_started_at;
  if (report.pull_stopped_at) task.pull_stopped_at = report.pull_stopped_at;
  if (report.execution_stopped_at) task.execution_stopped_at = report.execution_stopped_at;
}

/// UNHEALTHY if any essential checked container is, HEALTHY if all are, else UNKNOWN.
std::string health_of(const Task& task) {
  bool any = false;
  bool all_healthy = true;
  for (const TaskContainer& container : task.containers) {
    if (!container.essential || !container.checked) continue;
    if (container.health == "UNHEALTHY") return "UNHEALTHY";
    any = true;
    all_healthy = all_healthy && container.health == "HEALTHY";
  }
  return any && all_healthy ? "HEALTHY" : "UNKNOWN";
}

}  // namespace

void apply(Task& task, const protocol::SubmitTaskStateChangeRequest& report, WallTime now) {
  if (!task.is_live()) return;
  ++task.version;
  note_times(task, report);
  bool essential_stopped = false;
  for (const protocol::ContainerStateChange& change : report.containers) {
    for (TaskContainer& container : task.containers) {
      if (container.name != change.container_name) continue;
      apply(container, change);
      essential_stopped =
          essential_stopped || (container.essential && container.last_status == "STOPPED");
    }
  }
  if (report.status == "RUNNING" && task.status < TaskStatus::Running) {
    task.status = TaskStatus::Running;
    task.started_at = now;
  }
  if (report.status == "STOPPED") {
    note_own_end(task, report.reason);
    want_stopped_now(task, now);
    end(task, now);
  } else if (essential_stopped) {
    note_own_end(task, "");
    want_stopped_now(task, now);
  }
}

bool attached(Task& task) {
  if (!task.interface || task.interface->status == "ATTACHED" || !task.is_live()) return false;
  task.interface->status = "ATTACHED";
  if (task.status == TaskStatus::Provisioning) task.status = TaskStatus::Pending;
  ++task.version;
  return true;
}

void want_stopped(Task& task, const std::string& code, const std::string& reason, WallTime now) {
  if (!task.is_live() || task.desired == "STOPPED") return;
  task.stop_code = code;
  task.stopped_reason = reason;
  want_stopped_now(task, now);
  ++task.version;
  if (task.sent < Told::Run) end(task, now);
}

void end(Task& task, WallTime now) {
  if (!task.is_live()) return;
  for (TaskContainer& container : task.containers) container.last_status = "STOPPED";
  task.desired = "STOPPED";
  if (!task.stopping_at) task.stopping_at = now;
  task.stopped_at = now;
  task.status = task.interface ? TaskStatus::Deprovisioning : TaskStatus::Stopped;
  if (task.interface) task.interface->status = "DETACHING";
  ++task.version;
}

void deprovisioned(Task& task) {
  if (task.status != TaskStatus::Deprovisioning) return;
  task.status = TaskStatus::Stopped;
  if (task.interface) task.interface->status = "DELETED";
  ++task.version;
}

bool apply(Task& task, const protocol::TaskHealth& health) {
  if (!task.is_live()) return false;
  bool changed = false;
  for (const protocol::ContainerHealth& said : health.containers) {
    for (TaskContainer& container : task.containers) {
      if (container.name != said.container_name || container.health == said.health_status) continue;
      container.health = said.health_status;
      changed = true;
    }
  }
  if (changed) {
    task.health = health_of(task);
    ++task.version;
  }
  return changed;
}

Told wanted(const Task& task) {
  if (!task.is_live()) return Told::Nothing;
  if (task.desired == "STOPPED") return Told::Stop;
  return task.status == TaskStatus::Provisioning ? Told::Attach : Told::Run;
}

}  // namespace berth::lab
