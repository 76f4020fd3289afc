// status.hpp - where a task and its containers are, where they should be, and what went wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace berth::model {

/// What the control plane wants. Only ever raised: Running to Stopped.
enum class Goal : std::uint8_t { Running, Stopped };

/// Where a container is. Only ever grows.
/// source: reference state machine of the ECS agent; its MANIFEST_PULLED is part of Pulled here.
enum class ContainerStatus : std::uint8_t { None, Pulled, Created, Running, Stopped };

/// Where a task is: the least of its containers. Reported as PENDING before Running.
enum class TaskStatus : std::uint8_t { None, Pulled, Created, Running, Stopped };

enum class Health : std::uint8_t { Unknown, Healthy, Unhealthy };

/// Why a container or a task could not go on. ECS's own error name is made of it in outbox/report.
enum class FaultKind : std::uint8_t {
  CannotResolve,     ///< CannotPullImageManifestError
  CannotPull,        ///< CannotPullContainerError
  CannotCreate,      ///< CannotCreateContainerError
  CannotStart,       ///< CannotStartContainerError
  CannotStop,        ///< CannotStopContainerError
  Vanished,          ///< ContainerVanishedError
  Rebooted,          ///< HostRebootedError, berth's own: the machine was started anew under it
  StoppedEarly,      ///< TaskStoppedBeforePullBeginError
  OutOfMemory,       ///< OutOfMemoryError
  DependencyFailed,  ///< CannotStartContainerError, dependency graph
  TimedOut,          ///< DockerTimeoutError
  Network,           ///< ContainerNetworkingError
  Cgroup,            ///< CgroupError
  Drained,           ///< the node stops all its tasks, and says why: Task stopped by the node
  Refused,           ///< the task itself cannot be run here; the message is the whole reason
};

struct Fault {
  FaultKind kind = FaultKind::Refused;
  std::string message;
  bool operator==(const Fault&) const = default;
};

/// How a container's process ended.
struct Exit {
  int code = 0;
  WallTime at{};
  bool operator==(const Exit&) const = default;
};

/// What the kernel's out-of-memory killer did in a container's cgroup, read when its process ended.
struct OutOfMemory {
  std::uint64_t kills = 0;             ///< processes killed
  std::optional<std::uint64_t> limit;  ///< bytes; of the container, else of its task
  std::optional<std::uint64_t> peak;   ///< bytes; the most that was used
  bool operator==(const OutOfMemory&) const = default;
};

constexpr std::string_view name_of(Goal goal) {
  return goal == Goal::Running ? "RUNNING" : "STOPPED";
}
constexpr std::string_view name_of(ContainerStatus status) {
  switch (status) {
    case ContainerStatus::None: return "NONE";
    case ContainerStatus::Pulled: return "PULLED";
    case ContainerStatus::Created: return "CREATED";
    case ContainerStatus::Running: return "RUNNING";
    case ContainerStatus::Stopped: return "STOPPED";
  }
  return "NONE";
}
constexpr std::string_view name_of(TaskStatus status) {
  switch (status) {
    case TaskStatus::None: return "NONE";
    case TaskStatus::Pulled: return "PULLED";
    case TaskStatus::Created: return "CREATED";
    case TaskStatus::Running: return "RUNNING";
    case TaskStatus::Stopped: return "STOPPED";
  }
  return "NONE";
}
constexpr std::string_view name_of(Health health) {
  switch (health) {
    case Health::Unknown: return "UNKNOWN";
    case Health::Healthy: return "HEALTHY";
    case Health::Unhealthy: return "UNHEALTHY";
  }
  return "UNKNOWN";
}

}  // namespace berth::model
