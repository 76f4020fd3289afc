// task.hpp - a task, as it was asked for; never changes after it was accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/container.hpp"
#include "agent/model/network.hpp"
#include "base/units.hpp"

namespace berth::model {

/// Who wants a task run. What is local is nobody else's to hear of.
enum class Origin : std::uint8_t { ControlPlane, Local };

struct Task {
  std::string arn;
  std::string cluster;  ///< as the payload names it; may be empty
  std::string family;
  std::string version;      ///< revision of the task definition; local: digest of its file
  std::string group;        ///< metadata only
  std::string launch_type;  ///< "EC2", "EXTERNAL", "FARGATE"; metadata only
  NetworkMode network_mode = NetworkMode::None;
  bool host_pids = false;             ///< pidMode "host": its processes are among the host's own
  std::optional<double> cpu;          ///< vCPU; a quota on the task's cgroup
  std::optional<Mebibytes> memory;    ///< a limit on the task's cgroup
  std::optional<Eni> eni;             ///< awsvpc; absent where the node gives the address
  Bandwidth bandwidth;                ///< of modes awsvpc and bridge
  std::optional<Proxy> proxy;         ///< of mode awsvpc
  std::vector<Container> containers;  ///< at least one, at least one essential
  Origin origin = Origin::ControlPlane;
  std::string file;  ///< local: name of the file of BERTH_TASKS_DIR it is started for
  int failures = 0;  ///< local: starts for this version of the file that did not last, in a row
  bool operator==(const Task&) const = default;
};

}  // namespace berth::model
