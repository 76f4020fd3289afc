// attach_interfaces.cpp - announced network interfaces, to JSON and back.
#include "controlplane/protocol/attach_interfaces.hpp"

#include "controlplane/protocol/fields.hpp"
#include "controlplane/protocol/parts_read.hpp"

namespace berth::protocol {

namespace {

template <class Message>
Json shared_json(const Message& message) {
  return Json{{"messageId", message.message_id},
              {"clusterArn", message.cluster_arn},
              {"containerInstanceArn", message.container_instance_arn},
              {"generatedAt", message.generated_at_ms},
              {"waitTimeoutMs", message.wait_timeout_ms},
              {"elasticNetworkInterfaces", list_json(message.enis, encoded)}};
}

template <class Message>
void read_shared(Fields& in, Message& message) {
  message.message_id = in.required("messageId");
  message.cluster_arn = in.required("clusterArn");
  message.container_instance_arn = in.required("containerInstanceArn");
  message.generated_at_ms = in.integer("generatedAt");
  message.wait_timeout_ms = in.integer("waitTimeoutMs");
  if (message.wait_timeout_ms <= 0) {
    in.complain("waitTimeoutMs", std::to_string(message.wait_timeout_ms) + " must be above 0");
  }
  message.enis = in.list("elasticNetworkInterfaces", read_eni);
  if (message.enis.empty() && !in.failed()) {
    in.complain("elasticNetworkInterfaces", "at least one is required");
  }
}

}  // namespace

Json encode(const AttachTaskNetworkInterfacesMessage& message) {
  Json out = shared_json(message);
  out["taskArn"] = message.task_arn;
  put(out, "taskClusterArn", message.task_cluster_arn);
  return out;
}

template <>
Result<AttachTaskNetworkInterfacesMessage> decode(const Json& value) {
  Fields in(value, std::string(AttachTaskNetworkInterfacesMessage::kType));
  AttachTaskNetworkInterfacesMessage message;
  read_shared(in, message);
  message.task_arn = in.required("taskArn");
  message.task_cluster_arn = in.text("taskClusterArn");
  return read_or_complaint(in, std::move(message));
}

Json encode(const AttachInstanceNetworkInterfacesMessage& message) {
  return shared_json(message);
}

template <>
Result<AttachInstanceNetworkInterfacesMessage> decode(const Json& value) {
  Fields in(value, std::string(AttachInstanceNetworkInterfacesMessage::kType));
  AttachInstanceNetworkInterfacesMessage message;
  read_shared(in, message);
  return read_or_complaint(in, std::move(message));
}

}  // namespace berth::protocol
