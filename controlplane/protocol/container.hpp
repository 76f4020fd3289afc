// container.hpp - one container of a task, as the control plane sends it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/protocol/codec.hpp"

namespace berth::protocol {

/// Docker Engine API documents as text; they are laid over the typed members of the container.
/// source: ECS, containers[].dockerConfig.
struct DockerConfig {
  std::string version;      ///< Docker API version, "1.17"; of no meaning for containerd
  std::string config;       ///< JSON text of Docker's Config; "" is none
  std::string host_config;  ///< JSON text of Docker's HostConfig; "" is none
  bool operator==(const DockerConfig&) const = default;
};

struct ContainerDependency {
  std::string container_name;
  std::string condition;  ///< START, COMPLETE, SUCCESS, HEALTHY
  bool operator==(const ContainerDependency&) const = default;
};

struct PortMapping {
  std::int64_t container_port = 0;
  std::int64_t host_port = 0;
  std::string protocol;              ///< "tcp", "udp"; "" is tcp
  std::string container_port_range;  ///< "8000-8010" in place of container_port
  bool operator==(const PortMapping&) const = default;
};

struct MountPoint {
  std::string source_volume;
  std::string container_path;
  bool read_only = false;
  bool operator==(const MountPoint&) const = default;
};

struct VolumeFrom {
  std::string source_container;
  bool read_only = false;
  bool operator==(const VolumeFrom&) const = default;
};

struct Secret {
  std::string name;
  std::string value_from;
  std::string region;
  std::string provider;        ///< ssm, asm
  std::string type;            ///< ENVIRONMENT_VARIABLE, MOUNT_POINT, BOOTSTRAP
  std::string target;          ///< CONTAINER, LOG_DRIVER
  std::string container_path;  ///< with MOUNT_POINT
  bool operator==(const Secret&) const = default;
};

struct EnvironmentFile {
  std::string value;  ///< ARN of an S3 object
  std::string type;   ///< s3
  bool operator==(const EnvironmentFile&) const = default;
};

struct RestartPolicy {
  bool enabled = false;
  std::vector<std::int64_t> ignored_exit_codes;
  std::optional<std::int64_t> restart_attempt_period_s;
  bool operator==(const RestartPolicy&) const = default;
};

/// source: ECS, containers[].registryAuthentication; absent is "no credentials of its own".
struct RegistryAuthentication {
  std::string type;                   ///< ecr, asm
  std::string registry_id;            ///< ecrAuthData.registryId
  std::string region;                 ///< ecrAuthData.region or asmAuthData.region
  std::string endpoint_override;      ///< ecrAuthData.endpointOverride
  bool use_execution_role = false;    ///< ecrAuthData.useExecutionRole
  std::string credentials_parameter;  ///< asmAuthData.credentialsParameter
  bool operator==(const RegistryAuthentication&) const = default;
};

struct FirelensConfiguration {
  std::string type;  ///< fluentd, fluentbit
  std::map<std::string, std::string> options;
  bool operator==(const FirelensConfiguration&) const = default;
};

struct Device {
  std::string host_path;
  std::string container_path;
  std::vector<std::string> permissions;  ///< read, write, mknod
  bool operator==(const Device&) const = default;
};

/// What dockerConfig.hostConfig says again, for agents without Docker.
struct LinuxParameters {
  std::vector<std::string> capabilities_add;
  std::vector<std::string> capabilities_drop;
  std::vector<Device> devices;
  std::optional<bool> init_process_enabled;
  std::optional<std::int64_t> shared_memory_size_mib;
  bool operator==(const LinuxParameters&) const = default;
};

struct ManagedAgent {
  std::string name;  ///< ExecuteCommandAgent
  std::map<std::string, std::string> properties;
  bool operator==(const ManagedAgent&) const = default;
};

/// source: ECS, PayloadMessage, tasks[].containers[]. An empty string or list is an absent member,
/// except where an optional says otherwise.
struct Container {
  std::string name;  ///< unique in the task
  std::string container_arn;
  std::string image;            ///< with tag and/or digest
  std::int64_t cpu = 0;         ///< CPU units; 0 is "no reservation"
  std::int64_t memory_mib = 0;  ///< hard limit; 0 is none
  bool essential = true;
  std::optional<std::vector<std::string>> command;      ///< absent is the image's
  std::optional<std::vector<std::string>> entry_point;  ///< absent is the image's; [] is not absent
  std::optional<std::vector<std::string>>
      override_command;                            ///< overrides.command, replaces command
  std::map<std::string, std::string> environment;  ///< task overrides are already merged in
  std::vector<EnvironmentFile> environment_files;
  std::vector<Secret> secrets;
  std::vector<std::string> links;
  std::vector<PortMapping> port_mappings;
  std::vector<MountPoint> mount_points;
  std::vector<VolumeFrom> volumes_from;
  std::vector<ContainerDependency> depends_on;
  std::int64_t start_timeout_s = 0;  ///< 0 is unset
  std::int64_t stop_timeout_s = 0;   ///< 0 is unset
  std::optional<RestartPolicy> restart_policy;
  std::string health_check_type;  ///< "docker" or ""
  std::optional<DockerConfig> docker_config;
  std::optional<RegistryAuthentication> registry_authentication;
  std::string logs_auth_strategy;  ///< ExecutionRole
  std::optional<FirelensConfiguration> firelens;
  std::vector<ManagedAgent> managed_agents;
  std::vector<std::string> credential_specs;
  std::optional<LinuxParameters> linux_parameters;
  std::optional<bool> privileged;  ///< of no effect; hostConfig decides
  std::vector<std::string> network_interface_names;
  bool operator==(const Container&) const = default;
};

Json encode(const Container& container);
/// Reads one container; `where` names it in messages: "containers[0]". `overrides` may be a text of
/// JSON or an object, and may hold only `command`; anything else in it is an error.
Result<Container> decode_container(const Json& value, const std::string& where);

}  // namespace berth::protocol
