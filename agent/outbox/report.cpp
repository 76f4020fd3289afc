// report.cpp - records as state changes, faults as ECS's reasons.
#include "agent/outbox/report.hpp"

#include "agent/model/ids.hpp"
#include "base/json.hpp"
#include "controlplane/protocol/state_change.hpp"

namespace berth::outbox {

using model::ContainerRecord;
using model::ContainerStatus;
using model::FaultKind;
using model::TaskStatus;

namespace {

constexpr int kKilledExitCode = 137;  // 128 + SIGKILL, what the kernel's OOM killer sends

bool has_news(const ContainerRecord& container) {
  return container.told < container.known && container.known >= ContainerStatus::Running;
}

std::string container_reason(const ContainerRecord& container) {
  if (!container.fault || container.known != ContainerStatus::Stopped) return "";
  // A child may have been the victim; only a killed main process died of it.
  const bool survived = !container.exit || container.exit->code != kKilledExitCode;
  if (container.fault->kind == FaultKind::OutOfMemory && survived) return "";
  return reason_text(*container.fault);
}

std::string ports_text(int first, int last) {
  return std::to_string(first) + "-" + std::to_string(last);
}

/// source: reference API, "Network binding rules".
void add_bindings(const ContainerRecord& container, const std::string& address,
                  std::vector<protocol::NetworkBinding>& told) {
  for (const model::PortBinding& binding : container.bindings) {
    protocol::NetworkBinding one;
    one.bind_ip = address;
    one.protocol = binding.protocol;
    if (binding.container_port == binding.last_container_port) {
      one.container_port = binding.container_port;
      one.host_port = binding.host_port;
    } else {
      one.container_port_range = ports_text(binding.container_port, binding.last_container_port);
      one.host_port_range = ports_text(binding.host_port, binding.last_host_port);
    }
    told.push_back(std::move(one));
  }
}

protocol::ContainerStateChange change_of(const model::Record& record, std::size_t at,
                                         bool with_v6) {
  const ContainerRecord& container = record.containers[at];
  protocol::ContainerStateChange change;
  change.container_name = record.task.containers[at].name;
  change.status = std::string(name_of(container.known));
  change.image_digest = container.image_digest;
  change.reason = container_reason(container);
  if (container.exit) change.exit_code = container.exit->code;
  add_bindings(container, "0.0.0.0", change.network_bindings);
  if (with_v6) add_bindings(container, "::", change.network_bindings);
  if (container.created_at) {
    change.runtime_id = model::container_id_of(model::task_id_of(record.task.arn), at);
  }
  return change;
}

bool has(const std::string& text, const char* part, std::size_t from = 0) {
  return text.find(part, from) != std::string::npos;
}

/// The runtime's text, led by what to do about it where that is known.
/// source: reference state machine, section 7, CannotPullContainerError.
std::string pull_reason(const std::string& text) {
  const std::size_t user = text.find("denied: User: ");
  if (user != std::string::npos &&
      has(text, " is not authorized to perform: ecr:BatchGetImage on resource", user)) {
    return "The task can’t pull the image. Check that the role has the permissions to pull images "
           "from the registry. " +
           text;
  }
  if (has(text, "denied: requested access to the resource is denied")) {
    return "The task can’t pull the image. Check whether the image exists. " + text;
  }
  if (has(text, "request canceled while waiting for connection")) {
    return "The task can’t pull the image. Check your network configuration. " + text;
  }
  return text;
}

std::string reported_status(TaskStatus status) {
  return status < TaskStatus::Running ? "PENDING" : std::string(name_of(status));
}

std::string body_of(const protocol::SubmitTaskStateChangeRequest& request) {
  return dump_json(encode(request));
}

}  // namespace

std::string reason_text(const model::Fault& fault) {
  switch (fault.kind) {
    case FaultKind::CannotResolve: return "CannotPullImageManifestError: " + fault.message;
    case FaultKind::CannotPull: return "CannotPullContainerError: " + pull_reason(fault.message);
    case FaultKind::CannotCreate: return "CannotCreateContainerError: " + fault.message;
    case FaultKind::CannotStart: return "CannotStartContainerError: " + fault.message;
    case FaultKind::CannotStop: return "CannotStopContainerError: " + fault.message;
    case FaultKind::Vanished: return "ContainerVanishedError: " + fault.message;
    case FaultKind::Rebooted: return "HostRebootedError: " + fault.message;
    case FaultKind::StoppedEarly: return "TaskStoppedBeforePullBeginError: " + fault.message;
    case FaultKind::OutOfMemory: return "OutOfMemoryError: " + fault.message;
    case FaultKind::DependencyFailed:
      return "CannotStartContainerError: dependency graph: " + fault.message;
    case FaultKind::TimedOut: return "DockerTimeoutError: " + fault.message;
    case FaultKind::Network:
      return "ContainerNetworkingError: container resource provisioning: failed to setup network "
             "namespace: " +
             fault.message;
    case FaultKind::Cgroup:
      return "CgroupError: Agent could not create task's platform resources: " + fault.message;
    case FaultKind::Drained: return "Task stopped by the node: " + fault.message;
    case FaultKind::Refused: return fault.message;
  }
  return fault.message;
}

std::optional<records::Report> report_of(const model::Record& record, const std::string& cluster,
                                         bool with_v6) {
  if (record.task.origin == model::Origin::Local) return std::nullopt;
  if (record.told == TaskStatus::Stopped) return std::nullopt;
  bool news = record.told < record.known && record.known >= TaskStatus::Running;
  for (const ContainerRecord& container : record.containers) news = news || has_news(container);
  if (!news) return std::nullopt;

  protocol::SubmitTaskStateChangeRequest request;
  request.cluster = cluster;
  request.task = record.task.arn;
  request.status = reported_status(record.known);
  if (record.fault) request.reason = reason_text(*record.fault);
  // The last one tells everything once more: it stands for all before it.
  const bool is_last = record.known == TaskStatus::Stopped;
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    if (is_last || has_news(record.containers[at])) {
      request.containers.push_back(change_of(record, at, with_v6));
    }
  }
  request.pull_started_at = record.pull_started_at;
  request.pull_stopped_at = record.pull_stopped_at;
  request.execution_stopped_at = record.execution_stopped_at;
  return records::Report{record.task.arn, body_of(request), is_last};
}

records::Report refusal_report(const std::string& task_arn, const std::string& cluster,
                               const std::string& reason) {
  protocol::SubmitTaskStateChangeRequest request;
  request.cluster = cluster;
  request.task = task_arn;
  request.status = "STOPPED";
  request.reason = reason;
  return records::Report{task_arn, body_of(request), true};
}

records::Report attached_report(const records::Attachment& attachment, const std::string& cluster) {
  const protocol::AttachmentStateChange attached{attachment.arn, "ATTACHED"};
  if (attachment.task_arn.empty()) {
    const protocol::SubmitAttachmentStateChangesRequest request{cluster, {attached}};
    return {attachment.arn, dump_json(encode(request)), false, records::ReportCall::Attachments,
            attachment.expires_at};
  }
  protocol::SubmitTaskStateChangeRequest request;
  request.cluster = cluster;
  request.task = attachment.task_arn;
  request.attachments.push_back(attached);
  return {attachment.task_arn, body_of(request), false, records::ReportCall::Task,
          attachment.expires_at};
}

}  // namespace berth::outbox
