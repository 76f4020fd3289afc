// instance.hpp - joining a cluster: register, and find the endpoints of the sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "controlplane/protocol/codec.hpp"
#include "controlplane/protocol/parts.hpp"

namespace berth::protocol {

/// source: ECS API, Attribute.
struct Attribute {
  std::string name;
  std::optional<std::string> value;  ///< absent for name-only attributes
  std::string target_type;           ///< not sent by agents
  std::string target_id;
  bool operator==(const Attribute&) const = default;
};

/// One kind of resource; the member its type names is the one that is set.
/// source: ECS API, Resource.
struct Resource {
  std::string name;  ///< CPU, MEMORY, PORTS, PORTS_UDP, ...
  std::string type;  ///< INTEGER, DOUBLE, LONG, STRINGSET
  std::optional<std::int64_t> integer_value;
  std::optional<double> double_value;
  std::optional<std::int64_t> long_value;
  std::optional<std::vector<std::string>> string_set_value;  ///< [] is written
  bool operator==(const Resource&) const = default;
};

Resource integer_resource(std::string name, std::int64_t value);
Resource string_set_resource(std::string name, std::vector<std::string> values);

/// source: ECS API, platformDevices[].
struct PlatformDevice {
  std::string id;
  std::string type;  ///< GPU
  bool operator==(const PlatformDevice&) const = default;
};

/// source: ECS API, RegisterContainerInstance.
struct RegisterContainerInstanceRequest {
  static constexpr std::string_view kOperation = "RegisterContainerInstance";
  std::string cluster;                 ///< "" is left out: the default cluster
  std::string container_instance_arn;  ///< when registering again; else ""
  std::string client_token;
  std::vector<Attribute> attributes;
  std::vector<Tag> tags;                             ///< left out when empty
  std::vector<PlatformDevice> platform_devices;      ///< left out when empty
  std::string instance_identity_document;            ///< written even when empty
  std::string instance_identity_document_signature;  ///< written even when empty
  std::vector<Resource> total_resources;
  bool operator==(const RegisterContainerInstanceRequest&) const = default;
};

/// source: ECS API, ContainerInstance, as far as an agent's registration needs it.
struct ContainerInstance {
  std::string container_instance_arn;  ///< required
  std::string ec2_instance_id;
  std::string status;  ///< ACTIVE, DRAINING, ...
  std::int64_t version = 0;
  std::int64_t running_tasks_count = 0;
  std::int64_t pending_tasks_count = 0;
  bool agent_connected = false;
  std::vector<Attribute> attributes;  ///< every one that was sent, and the service's own
  std::vector<Resource> registered_resources;
  std::vector<Resource> remaining_resources;
  std::optional<WallTime> registered_at;
  std::vector<Tag> tags;
  bool operator==(const ContainerInstance&) const = default;
};

struct RegisterContainerInstanceResponse {
  ContainerInstance container_instance;
  bool operator==(const RegisterContainerInstanceResponse&) const = default;
};

/// source: ECS API, DiscoverPollEndpoint.
struct DiscoverPollEndpointRequest {
  static constexpr std::string_view kOperation = "DiscoverPollEndpoint";
  std::string container_instance;  ///< ARN
  std::string cluster;
  std::string zone_id;  ///< usually ""; written even then
  bool operator==(const DiscoverPollEndpointRequest&) const = default;
};

struct DiscoverPollEndpointResponse {
  std::string endpoint;            ///< http(s) base URL of the task session
  std::string telemetry_endpoint;  ///< and of the telemetry session
  std::string service_connect_endpoint;
  std::string system_logs_endpoint;
  bool operator==(const DiscoverPollEndpointResponse&) const = default;
};

Json encode(const Attribute& attribute);
Json encode(const Resource& resource);
Json encode(const RegisterContainerInstanceRequest& request);
Json encode(const ContainerInstance& instance);
Json encode(const RegisterContainerInstanceResponse& response);
Json encode(const DiscoverPollEndpointRequest& request);
Json encode(const DiscoverPollEndpointResponse& response);
template <>
Result<Attribute> decode(const Json& value);
template <>
Result<Resource> decode(const Json& value);
template <>
Result<RegisterContainerInstanceRequest> decode(const Json& value);
template <>
Result<ContainerInstance> decode(const Json& value);
template <>
Result<RegisterContainerInstanceResponse> decode(const Json& value);
template <>
Result<DiscoverPollEndpointRequest> decode(const Json& value);
template <>
Result<DiscoverPollEndpointResponse> decode(const Json& value);

}  // namespace berth::protocol
