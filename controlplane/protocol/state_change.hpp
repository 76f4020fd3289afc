// state_change.hpp - what the agent reports of tasks, containers and attachments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "controlplane/protocol/codec.hpp"

namespace berth::protocol {

constexpr std::size_t kMaxReasonBytes = 1024;  ///< source: ECS API, "reason"
constexpr std::size_t kMaxIdBytes = 255;       ///< source: ECS API, "runtimeId", "imageDigest"

struct NetworkBinding {
  std::string bind_ip;
  std::int64_t container_port = 0;  ///< 0 is absent: a range is used
  std::int64_t host_port = 0;
  std::string protocol;              ///< tcp, udp
  std::string container_port_range;  ///< "8000-8010"
  std::string host_port_range;
  bool operator==(const NetworkBinding&) const = default;
};

/// source: ECS API, SubmitTaskStateChange, containers[]. Empty members are left out.
struct ContainerStateChange {
  std::string container_name;
  std::string status;  ///< PENDING, RUNNING, STOPPED
  std::optional<std::int64_t> exit_code;
  std::string reason;  ///< cut to kMaxReasonBytes on the wire
  std::string runtime_id;
  std::string image_digest;
  std::vector<NetworkBinding> network_bindings;
  bool operator==(const ContainerStateChange&) const = default;
};

struct AttachmentStateChange {
  std::string attachment_arn;
  std::string status;  ///< ATTACHED
  bool operator==(const AttachmentStateChange&) const = default;
};

/// source: ECS API, SubmitTaskStateChange. Two forms: a task's change (status set; `reason` is
/// then always written, usually empty), or the confirmation of its attachments (status "", and only
/// cluster, task and attachments are written).
struct SubmitTaskStateChangeRequest {
  static constexpr std::string_view kOperation = "SubmitTaskStateChange";
  std::string cluster;
  std::string task;    ///< ARN; required
  std::string status;  ///< PENDING, RUNNING, STOPPED; "" in an attachment's confirmation
  std::string reason;  ///< cut to kMaxReasonBytes on the wire
  std::vector<ContainerStateChange> containers;
  std::vector<AttachmentStateChange> attachments;
  std::optional<WallTime> pull_started_at;
  std::optional<WallTime> pull_stopped_at;
  std::optional<WallTime> execution_stopped_at;
  bool operator==(const SubmitTaskStateChangeRequest&) const = default;
};

/// The old call for one container alone. source: ECS API, SubmitContainerStateChange.
struct SubmitContainerStateChangeRequest {
  static constexpr std::string_view kOperation = "SubmitContainerStateChange";
  std::string cluster;
  std::string task;
  ContainerStateChange container;  ///< written flat; without imageDigest
  bool operator==(const SubmitContainerStateChangeRequest&) const = default;
};

/// For attachments of the instance. source: ECS API, SubmitAttachmentStateChanges.
struct SubmitAttachmentStateChangesRequest {
  static constexpr std::string_view kOperation = "SubmitAttachmentStateChanges";
  std::string cluster;
  std::vector<AttachmentStateChange> attachments;
  bool operator==(const SubmitAttachmentStateChangesRequest&) const = default;
};

/// The answer to all three.
struct SubmitStateChangeResponse {
  std::string acknowledgment;
  bool operator==(const SubmitStateChangeResponse&) const = default;
};

Json encode(const ContainerStateChange& change);
Json encode(const SubmitTaskStateChangeRequest& request);
Json encode(const SubmitContainerStateChangeRequest& request);
Json encode(const SubmitAttachmentStateChangesRequest& request);
Json encode(const SubmitStateChangeResponse& response);
template <>
Result<SubmitTaskStateChangeRequest> decode(const Json& value);
template <>
Result<SubmitContainerStateChangeRequest> decode(const Json& value);
template <>
Result<SubmitAttachmentStateChangesRequest> decode(const Json& value);
template <>
Result<SubmitStateChangeResponse> decode(const Json& value);

}  // namespace berth::protocol
