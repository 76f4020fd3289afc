// session.hpp - the other messages of the agent's long-lived session, and the frame around them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "controlplane/protocol/codec.hpp"
#include "controlplane/protocol/parts.hpp"

namespace berth::protocol {

/// One text frame: {"type": "<Name>", "message": {...}}.
struct Envelope {
  std::string type;  ///< a message's kType
  Json message;      ///< always an object
};

/// fails: Invalid (no JSON, no type, message not an object).
Result<Envelope> decode_frame(std::string_view text);
std::string frame_text(std::string_view type, const Json& message);
/// The frame of any message of this room.
template <class Message>
std::string frame_text(const Message& message) {
  return frame_text(Message::kType, encode(message));
}

/// "I have it": for every message that wants an answer. source: ECS, AckRequest.
struct AckRequest {
  static constexpr std::string_view kType = "AckRequest";
  std::string cluster;
  std::string container_instance;
  std::string message_id;  ///< required
  bool operator==(const AckRequest&) const = default;
};

/// source: ECS, NackRequest; the incumbent sends it for its own updates only.
struct NackRequest {
  static constexpr std::string_view kType = "NackRequest";
  std::string cluster;
  std::string container_instance;
  std::string message_id;  ///< required
  std::string reason;
  bool operator==(const NackRequest&) const = default;
};

/// About once a minute, on both sessions; only the first one's has an id and wants an answer.
struct HeartbeatMessage {
  static constexpr std::string_view kType = "HeartbeatMessage";
  std::string message_id;  ///< "" on the telemetry session
  bool healthy = true;
  bool operator==(const HeartbeatMessage&) const = default;
};

struct HeartbeatAckRequest {
  static constexpr std::string_view kType = "HeartbeatAckRequest";
  std::string message_id;  ///< required
  bool operator==(const HeartbeatAckRequest&) const = default;
};

/// Fresh keys for a running task. source: ECS, IAMRoleCredentialsMessage.
struct IAMRoleCredentialsMessage {
  static constexpr std::string_view kType = "IAMRoleCredentialsMessage";
  std::string message_id;  ///< required
  std::string task_arn;    ///< required
  std::string task_cluster_arn;
  std::string role_type;        ///< TaskApplication or TaskExecution
  RoleCredentials credentials;  ///< "roleCredentials"; required
  bool operator==(const IAMRoleCredentialsMessage&) const = default;
};

struct IAMRoleCredentialsAckRequest {
  static constexpr std::string_view kType = "IAMRoleCredentialsAckRequest";
  std::string message_id;  ///< required
  std::string expiration;
  std::string credentials_id;
  bool operator==(const IAMRoleCredentialsAckRequest&) const = default;
};

/// source: ECS, TaskManifestMessage, tasks[], and stopCandidates[], stopTasks[].
struct TaskIdentifier {
  std::string task_arn;
  std::string task_cluster_arn;
  std::string desired_status;
  bool operator==(const TaskIdentifier&) const = default;
};

/// All the tasks that should be here. source: ECS, TaskManifestMessage.
struct TaskManifestMessage {
  static constexpr std::string_view kType = "TaskManifestMessage";
  std::string message_id;  ///< required
  std::string cluster_arn;
  std::string container_instance_arn;
  std::int64_t generated_at_ms = 0;
  std::int64_t timeline = 0;
  std::vector<TaskIdentifier> tasks;
  bool operator==(const TaskManifestMessage&) const = default;
};

/// "May I stop these?" with the manifest's message id.
struct TaskStopVerificationMessage {
  static constexpr std::string_view kType = "TaskStopVerificationMessage";
  std::string message_id;  ///< required
  std::vector<TaskIdentifier> stop_candidates;
  bool operator==(const TaskStopVerificationMessage&) const = default;
};

struct TaskStopVerificationAck {
  static constexpr std::string_view kType = "TaskStopVerificationAck";
  std::string message_id;  ///< required
  std::int64_t generated_at_ms = 0;
  std::vector<TaskIdentifier> stop_tasks;
  bool operator==(const TaskStopVerificationAck&) const = default;
};

/// "Please reconnect": {"message": text}.
struct CloseMessage {
  static constexpr std::string_view kType = "CloseMessage";
  std::string message;
  bool operator==(const CloseMessage&) const = default;
};

/// A text for the log.
struct ErrorMessage {
  static constexpr std::string_view kType = "ErrorMessage";
  std::string message;
  bool operator==(const ErrorMessage&) const = default;
};

Json encode(const AckRequest& message);
Json encode(const NackRequest& message);
Json encode(const HeartbeatMessage& message);
Json encode(const HeartbeatAckRequest& message);
Json encode(const IAMRoleCredentialsMessage& message);
Json encode(const IAMRoleCredentialsAckRequest& message);
Json encode(const TaskManifestMessage& message);
Json encode(const TaskStopVerificationMessage& message);
Json encode(const TaskStopVerificationAck& message);
Json encode(const CloseMessage& message);
Json encode(const ErrorMessage& message);
template <>
Result<AckRequest> decode(const Json& value);
template <>
Result<NackRequest> decode(const Json& value);
template <>
Result<HeartbeatMessage> decode(const Json& value);
template <>
Result<HeartbeatAckRequest> decode(const Json& value);
template <>
Result<IAMRoleCredentialsMessage> decode(const Json& value);
template <>
Result<IAMRoleCredentialsAckRequest> decode(const Json& value);
template <>
Result<TaskManifestMessage> decode(const Json& value);
template <>
Result<TaskStopVerificationMessage> decode(const Json& value);
template <>
Result<TaskStopVerificationAck> decode(const Json& value);
template <>
Result<CloseMessage> decode(const Json& value);
template <>
Result<ErrorMessage> decode(const Json& value);

/// An error of the service: "InactiveInstanceException", and a text for people.
struct ServiceError {
  std::string type;
  std::string message;
  bool operator==(const ServiceError&) const = default;
};

/// The body of a refused upgrade or an error frame: the envelope, the short form
/// {"<ErrorType>": "<text>"}, or the API's {"__type": "ns#Code", "message": "..."}.
/// fails: Invalid (none of these).
Result<ServiceError> decode_service_error(std::string_view body);
/// The short form.
std::string refusal_text(const ServiceError& error);

}  // namespace berth::protocol
