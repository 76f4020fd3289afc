// state_change.cpp - reports of state changes, to JSON and back.
#include "controlplane/protocol/state_change.hpp"

#include "controlplane/protocol/fields.hpp"
#include "controlplane/protocol/parts_read.hpp"

namespace berth::protocol {

namespace {

Json binding_json(const NetworkBinding& binding) {
  Json out = Json::object();
  put(out, "bindIP", binding.bind_ip);
  put_number(out, "containerPort", binding.container_port);
  put_number(out, "hostPort", binding.host_port);
  put(out, "protocol", binding.protocol);
  put(out, "containerPortRange", binding.container_port_range);
  put(out, "hostPortRange", binding.host_port_range);
  return out;
}

Result<NetworkBinding> read_binding(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  NetworkBinding binding;
  binding.bind_ip = in.text("bindIP");
  binding.container_port = in.integer("containerPort");
  binding.host_port = in.integer("hostPort");
  binding.protocol = in.text("protocol");
  binding.container_port_range = in.text("containerPortRange");
  binding.host_port_range = in.text("hostPortRange");
  return read_or_complaint(in, std::move(binding));
}

Json attachment_json(const AttachmentStateChange& attachment) {
  return Json{{"attachmentArn", attachment.attachment_arn}, {"status", attachment.status}};
}

Result<AttachmentStateChange> read_attachment_change(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  AttachmentStateChange attachment{in.required("attachmentArn"), in.required("status")};
  return read_or_complaint(in, std::move(attachment));
}

ContainerStateChange read_change(Fields& in) {
  ContainerStateChange change;
  change.container_name = in.required("containerName");
  change.status = in.text("status");
  change.exit_code = in.maybe_integer("exitCode");
  change.reason = in.text("reason");
  change.runtime_id = in.text("runtimeId");
  change.image_digest = in.text("imageDigest");
  change.network_bindings = in.list("networkBindings", read_binding);
  return change;
}

Result<ContainerStateChange> read_container_change(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  ContainerStateChange change = read_change(in);
  return read_or_complaint(in, std::move(change));
}

}  // namespace

Json encode(const ContainerStateChange& change) {
  Json out{{"containerName", change.container_name}};
  put(out, "status", change.status);
  put(out, "exitCode", change.exit_code);
  put(out, "reason", cut(change.reason, kMaxReasonBytes));
  put(out, "runtimeId", cut(change.runtime_id, kMaxIdBytes));
  put(out, "imageDigest", cut(change.image_digest, kMaxIdBytes));
  put_list(out, "networkBindings", change.network_bindings, binding_json);
  return out;
}

Json encode(const SubmitTaskStateChangeRequest& request) {
  Json out{{"task", request.task}};
  put(out, "cluster", request.cluster);
  if (!request.status.empty()) {
    out["status"] = request.status;
    out["reason"] = cut(request.reason, kMaxReasonBytes);
  }
  put_list(out, "containers", request.containers, encoded);
  put_list(out, "attachments", request.attachments, attachment_json);
  put_time(out, "pullStartedAt", request.pull_started_at);
  put_time(out, "pullStoppedAt", request.pull_stopped_at);
  put_time(out, "executionStoppedAt", request.execution_stopped_at);
  return out;
}

template <>
Result<SubmitTaskStateChangeRequest> decode(const Json& value) {
  Fields in(value, "SubmitTaskStateChange");
  SubmitTaskStateChangeRequest request;
  request.cluster = in.text("cluster");
  request.task = in.required("task");
  request.status = in.text("status");
  request.reason = in.text("reason");
  request.containers = in.list("containers", read_container_change);
  request.attachments = in.list("attachments", read_attachment_change);
  request.pull_started_at = in.time("pullStartedAt");
  request.pull_stopped_at = in.time("pullStoppedAt");
  request.execution_stopped_at = in.time("executionStoppedAt");
  return read_or_complaint(in, std::move(request));
}

Json encode(const SubmitContainerStateChangeRequest& request) {
  ContainerStateChange change = request.container;
  change.image_digest.clear();
  Json out = encode(change);
  put(out, "cluster", request.cluster);
  put(out, "task", request.task);
  return out;
}

template <>
Result<SubmitContainerStateChangeRequest> decode(const Json& value) {
  Fields in(value, "SubmitContainerStateChange");
  SubmitContainerStateChangeRequest request;
  request.cluster = in.text("cluster");
  request.task = in.required("task");
  request.container = read_change(in);
  return read_or_complaint(in, std::move(request));
}

Json encode(const SubmitAttachmentStateChangesRequest& request) {
  Json out{{"attachments", list_json(request.attachments, attachment_json)}};
  put(out, "cluster", request.cluster);
  return out;
}

template <>
Result<SubmitAttachmentStateChangesRequest> decode(const Json& value) {
  Fields in(value, "SubmitAttachmentStateChanges");
  SubmitAttachmentStateChangesRequest request{in.text("cluster"),
                                              in.list("attachments", read_attachment_change)};
  return read_or_complaint(in, std::move(request));
}

Json encode(const SubmitStateChangeResponse& response) {
  return Json{{"acknowledgment", response.acknowledgment}};
}

template <>
Result<SubmitStateChangeResponse> decode(const Json& value) {
  Fields in(value, "response");
  SubmitStateChangeResponse response{in.text("acknowledgment")};
  return read_or_complaint(in, std::move(response));
}

}  // namespace berth::protocol
