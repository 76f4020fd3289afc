// session.cpp - session messages and their frame, to JSON and back.
#include "controlplane/protocol/session.hpp"

#include "controlplane/protocol/fields.hpp"
#include "controlplane/protocol/parts_read.hpp"

namespace berth::protocol {

namespace {

/// Fields of a message, named after it in complaints.
template <class Message>
Fields fields_of(const Json& value) {
  return Fields(value, std::string(Message::kType));
}

Result<TaskIdentifier> read_task_identifier(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  TaskIdentifier task{in.text("taskArn"), in.text("taskClusterArn"), in.text("desiredStatus")};
  return read_or_complaint(in, std::move(task));
}

Json task_identifier_json(const TaskIdentifier& task) {
  Json out{{"taskArn", task.task_arn}, {"desiredStatus", task.desired_status}};
  put(out, "taskClusterArn", task.task_cluster_arn);
  return out;
}

}  // namespace

Result<Envelope> decode_frame(std::string_view text) {
  BERTH_TRY(Json value, parse_json(text));
  Fields in(value, "frame");
  Envelope envelope;
  envelope.type = in.required("type");
  if (const Json* message = in.object("message")) {
    envelope.message = *message;
  } else {
    in.complain("message", "is required");
  }
  return read_or_complaint(in, std::move(envelope));
}

std::string frame_text(std::string_view type, const Json& message) {
  return dump_json(Json{{"type", type}, {"message", message}});
}

Json encode(const AckRequest& message) {
  return Json{{"cluster", message.cluster},
              {"containerInstance", message.container_instance},
              {"messageId", message.message_id}};
}
template <>
Result<AckRequest> decode(const Json& value) {
  auto in = fields_of<AckRequest>(value);
  AckRequest message{in.text("cluster"), in.text("containerInstance"), in.required("messageId")};
  return read_or_complaint(in, std::move(message));
}

Json encode(const NackRequest& message) {
  return Json{{"cluster", message.cluster},
              {"containerInstance", message.container_instance},
              {"messageId", message.message_id},
              {"reason", message.reason}};
}
template <>
Result<NackRequest> decode(const Json& value) {
  auto in = fields_of<NackRequest>(value);
  NackRequest message{in.text("cluster"), in.text("containerInstance"), in.required("messageId"),
                      in.text("reason")};
  return read_or_complaint(in, std::move(message));
}

Json encode(const HeartbeatMessage& message) {
  Json out{{"healthy", message.healthy}};
  put(out, "messageId", message.message_id);
  return out;
}
template <>
Result<HeartbeatMessage> decode(const Json& value) {
  auto in = fields_of<HeartbeatMessage>(value);
  HeartbeatMessage message{in.text("messageId"), in.boolean("healthy")};
  return read_or_complaint(in, std::move(message));
}

Json encode(const HeartbeatAckRequest& message) {
  return Json{{"messageId", message.message_id}};
}
template <>
Result<HeartbeatAckRequest> decode(const Json& value) {
  auto in = fields_of<HeartbeatAckRequest>(value);
  HeartbeatAckRequest message{in.required("messageId")};
  return read_or_complaint(in, std::move(message));
}

Json encode(const IAMRoleCredentialsMessage& message) {
  Json out{{"messageId", message.message_id},
           {"taskArn", message.task_arn},
           {"roleType", message.role_type},
           {"roleCredentials", encode(message.credentials)}};
  put(out, "taskClusterArn", message.task_cluster_arn);
  return out;
}
template <>
Result<IAMRoleCredentialsMessage> decode(const Json& value) {
  auto in = fields_of<IAMRoleCredentialsMessage>(value);
  IAMRoleCredentialsMessage message;
  message.message_id = in.required("messageId");
  message.task_arn = in.required("taskArn");
  message.task_cluster_arn = in.text("taskClusterArn");
  message.role_type = in.required("roleType");
  if (message.role_type != "TaskApplication" && message.role_type != "TaskExecution") {
    in.complain("roleType",
                dump_json(message.role_type) + " must be \"TaskApplication\" or \"TaskExecution\"");
  }
  auto credentials = in.part("roleCredentials", read_credentials);
  if (!credentials) in.complain("roleCredentials", "is required");
  message.credentials = std::move(credentials).value_or(RoleCredentials{});
  return read_or_complaint(in, std::move(message));
}

Json encode(const IAMRoleCredentialsAckRequest& message) {
  return Json{{"messageId", message.message_id},
              {"expiration", message.expiration},
              {"credentialsId", message.credentials_id}};
}
template <>
Result<IAMRoleCredentialsAckRequest> decode(const Json& value) {
  auto in = fields_of<IAMRoleCredentialsAckRequest>(value);
  IAMRoleCredentialsAckRequest message{in.required("messageId"), in.text("expiration"),
                                       in.text("credentialsId")};
  return read_or_complaint(in, std::move(message));
}

Json encode(const TaskManifestMessage& message) {
  return Json{{"messageId", message.message_id},
              {"clusterArn", message.cluster_arn},
              {"containerInstanceArn", message.container_instance_arn},
              {"generatedAt", message.generated_at_ms},
              {"timeline", message.timeline},
              {"tasks", list_json(message.tasks, task_identifier_json)}};
}
template <>
Result<TaskManifestMessage> decode(const Json& value) {
  auto in = fields_of<TaskManifestMessage>(value);
  TaskManifestMessage message;
  message.message_id = in.required("messageId");
  message.cluster_arn = in.text("clusterArn");
  message.container_instance_arn = in.text("containerInstanceArn");
  message.generated_at_ms = in.integer("generatedAt");
  message.timeline = in.integer("timeline");
  message.tasks = in.list("tasks", read_task_identifier);
  return read_or_complaint(in, std::move(message));
}

Json encode(const TaskStopVerificationMessage& message) {
  return Json{{"messageId", message.message_id},
              {"stopCandidates", list_json(message.stop_candidates, task_identifier_json)}};
}
template <>
Result<TaskStopVerificationMessage> decode(const Json& value) {
  auto in = fields_of<TaskStopVerificationMessage>(value);
  TaskStopVerificationMessage message{in.required("messageId"),
                                      in.list("stopCandidates", read_task_identifier)};
  return read_or_complaint(in, std::move(message));
}

Json encode(const TaskStopVerificationAck& message) {
  return Json{{"messageId", message.message_id},
              {"generatedAt", message.generated_at_ms},
              {"stopTasks", list_json(message.stop_tasks, task_identifier_json)}};
}
template <>
Result<TaskStopVerificationAck> decode(const Json& value) {
  auto in = fields_of<TaskStopVerificationAck>(value);
  TaskStopVerificationAck message{in.required("messageId"), in.integer("generatedAt"),
                                  in.list("stopTasks", read_task_identifier)};
  return read_or_complaint(in, std::move(message));
}

Json encode(const CloseMessage& message) {
  return Json{{"message", message.message}};
}
template <>
Result<CloseMessage> decode(const Json& value) {
  auto in = fields_of<CloseMessage>(value);
  CloseMessage message{in.text("message")};
  return read_or_complaint(in, std::move(message));
}

Json encode(const ErrorMessage& message) {
  return Json{{"message", message.message}};
}
template <>
Result<ErrorMessage> decode(const Json& value) {
  auto in = fields_of<ErrorMessage>(value);
  ErrorMessage message{in.text("message")};
  return read_or_complaint(in, std::move(message));
}

Result<ServiceError> decode_service_error(std::string_view body) {
  BERTH_TRY(Json value, parse_json(body));
  Fields in(value, "error");
  if (auto type = in.maybe_text("__type")) {
    const std::size_t hash = type->rfind('#');  // "com.amazonaws.ecs#Code"
    if (hash != std::string::npos) type->erase(0, hash + 1);
    return ServiceError{*type, in.text("message")};
  }
  if (auto type = in.maybe_text("type")) {
    ServiceError error{*type, ""};
    if (const Json* message = in.object("message")) {
      error.message = Fields(*message, "error.message").text("message");
    }
    return error;
  }
  if (value.is_object() && value.size() == 1 && value.begin()->is_string()) {
    return ServiceError{value.begin().key(), value.begin()->get<std::string>()};
  }
  return Error{Errc::Invalid, 0, "not an error of the service: " + cut(body, 80)};
}

std::string refusal_text(const ServiceError& error) {
  return dump_json(Json{{error.type, error.message}});
}

}  // namespace berth::protocol
