// attach_interfaces.hpp - network interfaces that are about to come, for a task or the instance.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/protocol/codec.hpp"
#include "controlplane/protocol/parts.hpp"

namespace berth::protocol {

/// Network interfaces that a task is about to get; its payload follows once they are ATTACHED.
/// source: ECS, AttachTaskNetworkInterfacesMessage.
struct AttachTaskNetworkInterfacesMessage {
  static constexpr std::string_view kType = "AttachTaskNetworkInterfacesMessage";
  std::string message_id;              ///< required
  std::string cluster_arn;             ///< required
  std::string container_instance_arn;  ///< required
  std::string task_arn;                ///< required
  std::string task_cluster_arn;
  std::int64_t generated_at_ms = 0;
  std::int64_t wait_timeout_ms = 0;           ///< > 0; after it the attachment is forgotten
  std::vector<ElasticNetworkInterface> enis;  ///< at least one
  bool operator==(const AttachTaskNetworkInterfacesMessage&) const = default;
};

/// The same for an interface of the instance itself, such as the trunk under the branch interfaces
/// of tasks. source: ECS, AttachInstanceNetworkInterfacesMessage.
struct AttachInstanceNetworkInterfacesMessage {
  static constexpr std::string_view kType = "AttachInstanceNetworkInterfacesMessage";
  std::string message_id;              ///< required
  std::string cluster_arn;             ///< required
  std::string container_instance_arn;  ///< required
  std::int64_t generated_at_ms = 0;
  std::int64_t wait_timeout_ms = 0;           ///< > 0; after it the attachment is forgotten
  std::vector<ElasticNetworkInterface> enis;  ///< at least one
  bool operator==(const AttachInstanceNetworkInterfacesMessage&) const = default;
};

Json encode(const AttachTaskNetworkInterfacesMessage& message);
Json encode(const AttachInstanceNetworkInterfacesMessage& message);
template <>
Result<AttachTaskNetworkInterfacesMessage> decode(const Json& value);
template <>
Result<AttachInstanceNetworkInterfacesMessage> decode(const Json& value);

}  // namespace berth::protocol
