// task.hpp - a task as the lab knows it: what is wanted of it, and what was reported.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "controlplane/protocol/state_change.hpp"

namespace berth::lab {

/// `lastStatus`, in the order of a task's life.
enum class TaskStatus : std::uint8_t { Provisioning, Pending, Running, Deprovisioning, Stopped };
std::string_view name_of(TaskStatus status);  ///< "PROVISIONING", ...

/// What the agent has been told of a task, each step including the one before.
enum class Told : std::uint8_t { Nothing, Attach, Run, Stop };

/// One container of a task.
struct TaskContainer {
  std::string name;
  std::string arn;
  std::string image;
  bool essential = true;
  bool checked = false;                    ///< has a health check
  std::string cpu;                         ///< CPU units as text, as the API shows them
  std::optional<std::string> memory;       ///< MiB
  std::optional<std::string> reservation;  ///< MiB
  std::string last_status = "PENDING";     ///< PENDING, RUNNING, STOPPED
  std::string health = "UNKNOWN";          ///< HEALTHY, UNHEALTHY, UNKNOWN
  std::optional<std::int64_t> exit_code;
  std::string reason;
  std::string runtime_id;
  std::string image_digest;
  std::vector<protocol::NetworkBinding> bindings;
  std::int64_t gpus = 0;             ///< how many it is to have
  std::vector<std::string> gpu_ids;  ///< those it has, once its task is placed
};

/// The network interface of an awsvpc task.
struct Interface {
  std::string attachment_id;  ///< UUID; the ARN is ".../attachment/<id>"
  std::string attachment_arn;
  std::string eni_id;  ///< "eni-0..."
  std::string mac;
  std::string address;  ///< IPv4; "" in a subnet without
  std::string gateway;
  int prefix = 24;
  std::string ipv6_address;  ///< "" in a subnet without
  std::string ipv6_gateway;
  int ipv6_prefix = 64;
  std::string subnet;                 ///< "subnet-lab"
  std::vector<std::string> groups;    ///< security groups; none: nothing is filtered
  std::string status = "PRECREATED";  ///< PRECREATED, ATTACHING, ATTACHED, DETACHING, DELETED
  WallTime attach_by{};               ///< not ATTACHED by then: the task fails

  std::vector<std::string> addresses() const;
  /// "ip-10-213-0-2.lab.internal"; the interface's id before the dot in a subnet without IPv4.
  std::string private_dns_name() const;
};

/// What a task takes from its instance.
struct Demand {
  std::int64_t cpu = 0;  ///< CPU units
  std::int64_t memory_mib = 0;
  std::vector<std::string> tcp_ports;
  std::vector<std::string> udp_ports;
  bool own_interface = false;        ///< awsvpc
  std::int64_t gpus = 0;             ///< how many
  std::vector<std::string> gpu_ids;  ///< which ones, once it is placed
};

/// The record of a task. Written down after each change.
struct Task {
  std::string arn;
  std::string id;
  std::string cluster;  ///< name
  std::string instance_arn;
  std::string definition_arn;
  std::string family;
  std::int64_t revision = 0;
  std::string group;
  std::string started_by;
  std::string launch_type;
  std::optional<std::string> cpu;  ///< task level, as text
  std::optional<std::string> memory;
  Json overrides = Json::object();  ///< TaskOverride as given
  Json network = Json::object();    ///< networkConfiguration as given
  Json tags = Json::array();
  bool execute_command = false;
  std::string platform_version;
  std::string client_token;  ///< of RunTask; the same again gives the same tasks

  std::string desired = "RUNNING";  ///< RUNNING, STOPPED
  TaskStatus status = TaskStatus::Pending;
  std::string health = "UNKNOWN";
  std::string stop_code;
  std::string stopped_reason;
  std::int64_t version = 1;
  std::vector<TaskContainer> containers;
  std::optional<Interface> interface;
  Demand demand;
  Told sent = Told::Nothing;   ///< the agent may know this much
  Told acked = Told::Nothing;  ///< the agent said it knows this much

  WallTime created_at{};
  std::optional<WallTime> connectivity_at, pull_started_at, pull_stopped_at, started_at,
      stopping_at, stopped_at, execution_stopped_at;

  /// It holds resources of its instance.
  bool is_live() const { return status < TaskStatus::Deprovisioning; }
  /// awsvpcConfiguration.subnets as given; empty without one.
  std::vector<std::string> subnets() const;
  std::vector<std::string> security_groups() const;
};

/// The task as DescribeTasks shows it, without tags. `connected`: its agent is.
/// source: ECS API, Task.
Json describe(const Task& task, const std::string& cluster_arn, bool connected);

/// What the records keep, and back. fails: Broken (not written by to_record).
Json to_record(const Task& task);
Result<Task> task_from_record(const Json& record);

}  // namespace berth::lab
