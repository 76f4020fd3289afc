// container.hpp - one container of a task, as it was asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/network.hpp"
#include "base/units.hpp"

namespace berth::model {

/// When a container may start, seen from the one it waits for.
enum class Condition : std::uint8_t { Start, Complete, Success, Healthy };

struct Dependency {
  std::string container;
  Condition condition = Condition::Start;
  bool operator==(const Dependency&) const = default;
};

/// source: Docker's Healthcheck in dockerConfig.config, with ECS's defaults filled in.
struct HealthCheck {
  std::vector<std::string> command;  ///< argv; CMD-SHELL is {"/bin/sh", "-c", text} already
  std::chrono::milliseconds interval{30'000};
  std::chrono::milliseconds timeout{5'000};
  std::chrono::milliseconds start_period{0};
  int retries = 3;
  bool operator==(const HealthCheck&) const = default;
};

/// A directory of the host in the container. source: volumes[].host.sourcePath and mountPoints[].
struct BindMount {
  std::string source;  ///< absolute; "" is a directory of the task's own, gone with the task
  std::string volume;  ///< the volume's name in the task
  std::string target;
  bool read_only = false;
  bool operator==(const BindMount&) const = default;
};

/// Has a container started again when its process ends. Present only when it is enabled.
/// source: ECS, ContainerRestartPolicy.
struct RestartPolicy {
  std::vector<int> ignored_exit_codes;       ///< with one of these it stays ended
  std::chrono::seconds attempt_period{300};  ///< it must have run that long since it last started
  bool operator==(const RestartPolicy&) const = default;
};

struct Ulimit {
  std::string name;  ///< "nofile"
  std::int64_t soft = 0;
  std::int64_t hard = 0;
  bool operator==(const Ulimit&) const = default;
};

/// One container of a task. Absent optionals leave the choice to the image or the host.
/// source: PayloadMessage, tasks[].containers[] with its dockerConfig strings laid over.
struct Container {
  std::string name;  ///< unique in the task
  std::string arn;
  std::string image;  ///< as written
  bool essential = true;

  std::optional<std::vector<std::string>> entry_point;
  std::optional<std::vector<std::string>> command;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string user;
  std::string working_directory;
  std::string hostname;
  std::string stop_signal;  ///< "" is the image's, else SIGTERM
  std::map<std::string, std::string> labels;

  CpuUnits cpu;                     ///< 0 is "no reservation": 2 shares
  std::optional<Mebibytes> memory;  ///< hard limit
  std::optional<Mebibytes> memory_reservation;
  std::optional<Bytes> memory_swap_total;  ///< HostConfig.MemorySwap
  std::optional<std::int64_t> pids_limit;  ///< HostConfig.PidsLimit, or berth.pids.max over it
  std::optional<Bytes> memory_high;        ///< berth.memory.high; where the node has cgroup v2
  std::optional<std::uint64_t> io_weight;  ///< berth.io.weight, 1 to 10000; cgroup v2, too

  std::vector<Dependency> depends_on;
  std::optional<HealthCheck> health_check;  ///< only one that is reported to ECS
  /// How long those that wait for this one (COMPLETE, SUCCESS, HEALTHY) do so; absent: for ever.
  std::optional<std::chrono::seconds> start_timeout;
  std::optional<std::chrono::seconds> stop_timeout;
  std::optional<RestartPolicy> restart_policy;
  std::vector<HostPort> host_ports;  ///< that it is to have, and nobody else
  std::vector<PortMapping> port_mappings;
  /// Containers of the task under names of their own in its hosts file. source: ECS, links.
  std::vector<std::pair<std::string, std::string>> links;  ///< container, alias

  /// Ids of those that are its own while the task lives. "", in a file's task: chosen at a start.
  std::vector<std::string> gpus;

  bool privileged = false;
  bool read_only_root = false;
  bool no_new_privileges = false;
  bool terminal = false;
  std::vector<std::string> capabilities_add;
  std::vector<std::string> capabilities_drop;
  std::vector<Ulimit> ulimits;
  std::map<std::string, std::string> sysctls;
  std::map<std::string, std::string> tmpfs;  ///< target to mount options
  std::optional<Bytes> shm_size;
  std::vector<BindMount> mounts;
  std::vector<std::string> extra_hosts;     ///< "name:address"
  std::vector<std::string> dns_servers;     ///< of mode bridge; none: the host's
  std::vector<std::string> search_domains;  ///< of mode bridge; none: the host's

  bool operator==(const Container&) const = default;
};

}  // namespace berth::model
