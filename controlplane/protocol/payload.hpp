// payload.hpp - task messages: what the control plane wants to run or stop on this instance.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/protocol/container.hpp"
#include "controlplane/protocol/parts.hpp"

namespace berth::protocol {

/// source: ECS, volumes[].dockerVolumeConfiguration.
struct DockerVolume {
  std::string scope;  ///< task, shared
  bool autoprovision = false;
  std::string driver;
  std::map<std::string, std::string> driver_opts;
  std::map<std::string, std::string> labels;
  bool operator==(const DockerVolume&) const = default;
};

/// source: ECS, volumes[].efsVolumeConfiguration.
struct EfsVolume {
  std::string file_system_id;
  std::string root_directory;
  std::string transit_encryption;  ///< ENABLED, DISABLED
  std::int64_t transit_encryption_port = 0;
  std::string access_point_id;  ///< authorizationConfig.accessPointId
  std::string iam;              ///< authorizationConfig.iam: ENABLED, DISABLED
  bool operator==(const EfsVolume&) const = default;
};

/// source: ECS, volumes[].
struct Volume {
  std::string name;
  std::string type;                             ///< host (also when ""), docker, efs, ...
  std::optional<std::string> host_source_path;  ///< host.sourcePath; "" is a volume of the task's
  std::optional<DockerVolume> docker;
  std::optional<EfsVolume> efs;
  bool operator==(const Volume&) const = default;
};

struct ProxyConfiguration {
  std::string type;  ///< APPMESH
  std::string container_name;
  std::map<std::string, std::string> properties;
  bool operator==(const ProxyConfiguration&) const = default;
};

/// A device given to containers. source: ECS, associations[].
struct Association {
  std::string name;  ///< the GPU's UUID
  std::string type;  ///< gpu, elastic-inference
  std::vector<std::string> containers;
  std::string content_value;
  std::string content_encoding;  ///< identity, base64
  bool operator==(const Association&) const = default;
};

/// source: ECS, PayloadMessage, tasks[]. An empty string or list is an absent member.
struct Task {
  std::string arn;             ///< ".../<id>"; required
  std::string desired_status;  ///< RUNNING or STOPPED; required
  std::string task_cluster_arn;
  std::string family;
  std::string version;  ///< revision of the task definition
  std::string task_definition_account_id;
  std::string group;
  std::string service_name;
  std::string launch_type;      ///< EC2, EXTERNAL, FARGATE
  std::string network_mode;     ///< awsvpc, host, bridge, none; "" is bridge
  std::string pid_mode;         ///< host, task, ""
  std::string ipc_mode;         ///< host, task, none, ""
  double cpu = 0;               ///< vCPU limit of the task; 0 is none
  std::int64_t memory_mib = 0;  ///< limit of the task; 0 is none
  std::vector<Container> containers;
  std::vector<Volume> volumes;
  std::vector<ElasticNetworkInterface> enis;  ///< the first is the primary one
  std::vector<Association> associations;
  std::vector<ResourceAttachment> attachments;
  std::optional<ProxyConfiguration> proxy;
  std::optional<RoleCredentials> role_credentials;
  std::optional<RoleCredentials> execution_role_credentials;
  bool enable_fault_injection = false;
  bool operator==(const Task&) const = default;
};

Json encode(const Task& task);
template <>
Result<Task> decode(const Json& value);

/// Tasks to run or to stop. source: ECS, PayloadMessage.
struct PayloadMessage {
  static constexpr std::string_view kType = "PayloadMessage";
  std::string message_id;              ///< required
  std::string cluster_arn;             ///< required; name or ARN
  std::string container_instance_arn;  ///< required
  std::int64_t seq_num = 0;
  std::optional<std::int64_t> timeline;
  std::int64_t generated_at_ms = 0;
  std::vector<Task> tasks;
  bool operator==(const PayloadMessage&) const = default;
};

Json encode(const PayloadMessage& payload);

/// A task that could not be read. It does not spoil the others, but the payload is not acked.
struct UndecodedTask {
  std::string arn;  ///< "" when not even that could be read: nobody can be told
  Error why;        ///< Invalid: "containers[0].cpu: ..."
  bool operator==(const UndecodedTask&) const = default;
};

struct DecodedPayload {
  PayloadMessage message;                ///< with the tasks that could be read, in their order
  std::vector<UndecodedTask> undecoded;  ///< and the others
};

/// Reads a payload task by task. fails: Invalid (the message itself: no ids, `tasks` not a list).
Result<DecodedPayload> decode_payload(const Json& message);

}  // namespace berth::protocol
