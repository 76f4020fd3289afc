// record.hpp - what is known of a task; what must survive a crash.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/model/status.hpp"
#include "agent/model/task.hpp"

namespace berth::model {

/// Names of the objects a task has on this node, chosen when it was accepted and kept, so that a
/// later change of configuration does not lose them.
struct Placement {
  std::string cgroup_path;  ///< "/berth/<task id>", below each hierarchy
  /// "/run/netns/berth--<task id>"; "" without one of its own. Mode bridge: what those of its
  /// containers begin with, "-<ordinal>" behind it.
  std::string netns_path;
  std::string files_dir;  ///< resolv.conf, hosts, hostname and task volumes of the task
  std::string logs_dir;   ///< one spool folder per container below it
  /// Mode bridge: one for each container. Mode awsvpc with IPv6 alone or by CNI
  /// plugins: the task's leg to the agent.
  std::vector<NodeAddress> addresses;
  EniAccess eni_access = {};  ///< mode awsvpc
  /// "/run/netns/berth--<task id>-gw": the namespace between the task and the LAN; "" without one.
  std::string gateway_path = {};
  bool operator==(const Placement&) const = default;
};

struct ContainerRecord {
  ContainerStatus known = ContainerStatus::None;
  ContainerStatus told = ContainerStatus::None;  ///< last status put into a report
  std::optional<Exit> ended;                     ///< its process has ended and is looked into
  std::optional<Exit> exit;                      ///< absent when its process never ran
  std::optional<Fault> fault;                    ///< the first one wins
  std::string image_digest;
  std::string image_stop_signal;  ///< the image's StopSignal; "" is SIGTERM
  std::optional<WallTime> created_at;
  std::optional<WallTime> started_at;  ///< for the first time
  std::optional<WallTime>
      stop_signalled_at;    ///< the stop signal went out; stopTimeout counts from here
  bool restarting = false;  ///< its restart policy has it started again
  int restarts = 0;
  std::optional<WallTime> restarted_at;      ///< for the last time
  std::optional<OutOfMemory> out_of_memory;  ///< of the last process that had a kill
  int left_behind = 0;                       ///< processes killed that outlived its main one
  std::vector<PortBinding> bindings;         ///< one for each of its port mappings
  Health health = Health::Unknown;
  std::optional<WallTime> health_since;
  bool operator==(const ContainerRecord&) const = default;

  /// When the process that runs now was started; absent before the first.
  std::optional<WallTime> last_start() const { return restarted_at ? restarted_at : started_at; }
};

/// Written first by the inbox, from then on only by the task's runner: record = apply(record,
/// seen).
struct Record {
  Task task;
  Placement placement;
  Goal goal = Goal::Running;
  TaskStatus known = TaskStatus::None;
  TaskStatus told = TaskStatus::None;       ///< last status put into a report
  std::optional<Fault> fault;               ///< what stopped the task as a whole, if something did
  std::vector<ContainerRecord> containers;  ///< same order and length as task.containers
  std::string boot_id;                      ///< of the boot in which it was last looked at
  /// When that boot began by the wall clock that all times here are of. A clock that is set moves
  /// them with it, or a stop timeout would end early or late.
  std::optional<WallTime> boot_began;
  bool admitted = false;  ///< the node's resources for it are set aside
  bool cgroup_ready = false;
  std::uint64_t memory_kills = 0;  ///< of_task's, when a container's exit was last examined
  bool network_ready = false;
  bool address_claimed = false;  ///< on a LAN: nobody else has its address, and all know it has
  std::vector<std::string> given_addresses;  ///< by CNI plugins, without prefix
  bool released = false;        ///< processes, network and cgroup are gone; files remain
  bool final_accepted = false;  ///< the STOPPED report was taken; local: nobody waits for one
  WallTime accepted_at{};
  std::optional<WallTime> pull_started_at;
  std::optional<WallTime> pull_stopped_at;
  std::optional<WallTime> execution_stopped_at;  ///< first essential container's end
  std::optional<WallTime> stopped_at;
  bool operator==(const Record&) const = default;
};

/// True where the task's address has to be claimed before its first process may run.
inline bool must_claim_address(const Record& record) {
  return record.task.network_mode == NetworkMode::Awsvpc &&
         record.placement.eni_access.is_on_a_lan();
}

/// True while the task's address on a LAN is its own.
inline bool holds_address(const Record& record) {
  return record.address_claimed && !record.released && record.known != TaskStatus::Stopped;
}

/// The namespaces of a task with networks of its own, one for each container in mode bridge.
inline std::vector<std::string> netns_paths_of(const Record& record) {
  const std::string& path = record.placement.netns_path;
  if (path.empty()) return {};
  if (record.task.network_mode != NetworkMode::Bridge) return {path};
  std::vector<std::string> paths;
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    paths.push_back(path + "-" + std::to_string(at));
  }
  return paths;
}

/// The first record of a task.
inline Record first_record(Task task, Placement placement, Goal goal, WallTime now) {
  Record record;
  record.containers.resize(task.containers.size());
  record.task = std::move(task);
  record.placement = std::move(placement);
  record.goal = goal;
  record.accepted_at = now;
  return record;
}

}  // namespace berth::model
