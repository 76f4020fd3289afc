// inbox.cpp - one function for each kind of message.
#include "agent/inbox/inbox.hpp"

#include <algorithm>

#include "agent/inbox/manifest.hpp"
#include "agent/inbox/network.hpp"
#include "agent/model/ids.hpp"
#include "base/log.hpp"
#include "controlplane/protocol/attach_interfaces.hpp"
#include "controlplane/protocol/berth_network.hpp"
#include "controlplane/protocol/payload.hpp"

namespace berth::inbox {

namespace {

void log_passed_over(const Accepted& accepted) {
  if (accepted.passed_over.empty()) return;
  std::string fields;
  for (const std::string& field : accepted.passed_over) {
    if (!fields.empty()) fields += ", ";
    fields += field;
  }
  log::warn("task runs without what berth does not act on yet",
            {{"task", accepted.task.arn}, {"field", fields}});
}

}  // namespace

Async<> Inbox::receive(protocol::Envelope envelope) {
  const std::string type = envelope.type;
  if (type == protocol::PayloadMessage::kType) {
    return receive_payload(std::move(envelope));
  }
  if (type == protocol::HeartbeatMessage::kType) return receive_heartbeat(std::move(envelope));
  if (type == protocol::AttachTaskNetworkInterfacesMessage::kType) {
    return receive_task_interfaces(std::move(envelope));
  }
  if (type == protocol::AttachInstanceNetworkInterfacesMessage::kType) {
    return receive_instance_interfaces(std::move(envelope));
  }
  if (type == protocol::IAMRoleCredentialsMessage::kType) {
    return receive_credentials(std::move(envelope));
  }
  if (type == protocol::TaskManifestMessage::kType) return receive_manifest(std::move(envelope));
  if (type == protocol::TaskStopVerificationAck::kType) {
    return receive_stop_verification(std::move(envelope));
  }
  if (type == protocol::BerthNetworkMessage::kType) return receive_network(std::move(envelope));
  return unreadable(type, Error{Errc::Invalid, 0, "berth does not act on this type of message"});
}

Async<> Inbox::unreadable(std::string type, Error why) {
  log::error("message could not be read", {{"what", type}, {"error", why.text()}});
  co_return ok();
}

Async<> Inbox::receive_payload(protocol::Envelope envelope) {
  Result<protocol::DecodedPayload> payload = protocol::decode_payload(envelope.message);
  if (!payload) co_return co_await unreadable(envelope.type, std::move(payload).error());
  std::string message_id = payload->message.message_id;
  sequence_ = std::max(sequence_, payload->message.seq_num);
  bool all_taken = payload->undecoded.empty();
  for (const protocol::UndecodedTask& task : payload->undecoded) {
    Refusal refusal = refuse_undecoded(task);
    log::error("task could not be read", {{"task", task.arn}, {"error", task.why.message}});
    if (!task.arn.empty()) {
      BERTH_CO_CHECK(co_await refuse(std::move(refusal.task), std::move(refusal.reason)));
    }
  }
  all_taken = keep_keys(payload->message.tasks) && all_taken;
  // Stops first: they may free what the others need.
  for (const char* desired : {"STOPPED", "RUNNING"}) {
    std::vector<protocol::Task> tasks = payload->message.tasks;
    std::string status = desired;
    BERTH_CO_TRY(const bool taken, co_await take_tasks(std::move(tasks), std::move(status)));
    all_taken = all_taken && taken;
  }
  if (!all_taken) co_return ok();  // the service sends it again
  for (const protocol::Task& task : payload->message.tasks) {
    for (const auto& given : {task.role_credentials, task.execution_role_credentials}) {
      if (!given) continue;
      protocol::RoleCredentials credentials = *given;
      std::string id = message_id;
      BERTH_CO_CHECK(co_await acknowledge_credentials(std::move(id), std::move(credentials)));
    }
  }
  Result<> acknowledged = co_await acknowledge(std::move(message_id));
  co_return acknowledged;
}

Async<bool> Inbox::take_tasks(std::vector<protocol::Task> tasks, std::string desired_status) {
  bool all_taken = true;
  for (protocol::Task& task : tasks) {
    if (task.desired_status != desired_status) continue;
    const std::string arn = task.arn;
    Result<> taken = co_await take_task(std::move(task));
    if (taken) continue;
    if (taken.failed_with(Errc::Cancelled)) co_return std::move(taken).error();
    log::error("task could not be written down", {{"task", arn}, {"error", taken.error().text()}});
    all_taken = false;
  }
  co_return all_taken;
}

Async<> Inbox::take_task(protocol::Task task) {
  if (needs_.engine.knows(task.arn)) {
    if (task.desired_status != "STOPPED") co_return ok();
    std::string arn = task.arn;
    Result<> stopped = co_await needs_.engine.stop_task(std::move(arn));
    co_return stopped;
  }
  Verdict verdict = accept(task, needs_.rules);
  if (auto* refusal = std::get_if<Refusal>(&verdict)) {
    log::error("task refused", {{"task", task.arn}, {"reason", refusal->reason}});
    model::Task refused = std::move(refusal->task);
    std::string reason = std::move(refusal->reason);
    Result<> told = co_await refuse(std::move(refused), std::move(reason));
    co_return told;
  }
  Accepted accepted = std::get<Accepted>(std::move(verdict));
  log_passed_over(accepted);
  std::string objection = needs_.objection(accepted.task);
  if (!objection.empty()) {
    log::error("task refused", {{"task", task.arn}, {"reason", objection}});
    Result<> told = co_await refuse(std::move(accepted.task), std::move(objection));
    co_return told;
  }
  model::Placement placement = needs_.place(accepted.task);
  model::Record first = model::first_record(std::move(accepted.task), std::move(placement),
                                            accepted.goal, needs_.clock.wall());
  Result<> added = co_await needs_.engine.add(std::move(first));
  co_return added;
}

Async<> Inbox::refuse(model::Task task, std::string reason) {
  model::Placement placement = needs_.place(task);
  model::Record record = model::first_record(std::move(task), std::move(placement),
                                             model::Goal::Stopped, needs_.clock.wall());
  record.fault = model::Fault{model::FaultKind::Refused, std::move(reason)};
  Result<> added = co_await needs_.engine.add(std::move(record));
  co_return added;
}

Async<> Inbox::receive_credentials(protocol::Envelope envelope) {
  Result<protocol::IAMRoleCredentialsMessage> message =
      protocol::decode<protocol::IAMRoleCredentialsMessage>(envelope.message);
  if (!message) co_return co_await unreadable(envelope.type, std::move(message).error());
  const auto role =
      message->role_type == "TaskExecution" ? vault::Role::Execution : vault::Role::Application;
  BERTH_CO_CHECK(keep_keys(message->task_arn, role, message->credentials));
  if (!needs_.engine.knows(message->task_arn)) co_return ok();  // as the incumbent: no answer
  log::info("task role credentials came; containers cannot ask for them yet",
            {{"task", message->task_arn}});
  std::string message_id = message->message_id;
  protocol::RoleCredentials credentials = std::move(message->credentials);
  Result<> acknowledged =
      co_await acknowledge_credentials(std::move(message_id), std::move(credentials));
  co_return acknowledged;
}

bool Inbox::is_over(const std::string& task_arn) const {
  for (const auto& record : needs_.engine.records()) {
    if (record->task.arn == task_arn) return record->known == model::TaskStatus::Stopped;
  }
  return false;
}

/// A task that is over gets none: nobody would ask for them, nor drop them.
Result<> Inbox::keep_keys(const std::string& task_arn, vault::Role role,
                          const protocol::RoleCredentials& credentials) {
  if (is_over(task_arn)) return ok();
  return needs_.vault.keep({credentials.credentials_id, task_arn, role, credentials.role_arn,
                            credentials.access_key_id, credentials.secret_access_key,
                            credentials.session_token, credentials.expiration});
}

/// Those of a payload's tasks. False when some were not taken; that is logged.
bool Inbox::keep_keys(const std::vector<protocol::Task>& tasks) {
  bool all_kept = true;
  for (const protocol::Task& task : tasks) {
    for (const auto& [role, given] :
         {std::pair(vault::Role::Application, &task.role_credentials),
          std::pair(vault::Role::Execution, &task.execution_role_credentials)}) {
      if (!*given) continue;
      const Result<> kept = keep_keys(task.arn, role, **given);
      if (kept) continue;
      log::error("task role credentials not taken",
                 {{"task", task.arn}, {"error", kept.error().text()}});
      all_kept = false;
    }
  }
  return all_kept;
}

Async<> Inbox::receive_manifest(protocol::Envelope envelope) {
  Result<protocol::TaskManifestMessage> message =
      protocol::decode<protocol::TaskManifestMessage>(envelope.message);
  if (!message) co_return co_await unreadable(envelope.type, std::move(message).error());
  std::string instance_arn = needs_.instance_arn;
  if (!sequence_recalled_) {
    std::string arn = instance_arn;
    BERTH_CO_TRY(const std::int64_t last, co_await needs_.book.manifest_timeline(std::move(arn)));
    sequence_ = std::max(sequence_, last);
    sequence_recalled_ = true;
  }
  const std::int64_t timeline = message->timeline;
  if (timeline <= sequence_) {
    log::debug("old task manifest dropped", {{"message_id", message->message_id}});
    co_return ok();
  }
  BERTH_CO_CHECK(co_await needs_.book.keep_manifest_timeline(std::move(instance_arn), timeline));
  sequence_ = timeline;
  manifest_id_ = message->message_id;
  std::string message_id = message->message_id;
  BERTH_CO_CHECK(co_await acknowledge(std::move(message_id)));
  protocol::TaskManifestMessage manifest = std::move(*message);
  Result<> asked = co_await ask_to_stop(std::move(manifest));
  co_return asked;
}

Async<> Inbox::ask_to_stop(protocol::TaskManifestMessage manifest) {
  protocol::TaskStopVerificationMessage question;
  question.message_id = manifest.message_id;
  question.stop_candidates = stop_candidates(needs_.engine.records(), manifest);
  if (question.stop_candidates.empty()) co_return ok();
  log::warn("the control plane does not list tasks that run here; asking whether to stop them",
            {{"count", question.stop_candidates.size()}, {"message_id", question.message_id}});
  std::string frame = protocol::frame_text(question);
  Result<> sent = co_await needs_.send(std::move(frame));
  co_return sent;
}

Async<> Inbox::receive_stop_verification(protocol::Envelope envelope) {
  Result<protocol::TaskStopVerificationAck> message =
      protocol::decode<protocol::TaskStopVerificationAck>(envelope.message);
  if (!message) co_return co_await unreadable(envelope.type, std::move(message).error());
  if (message->message_id != manifest_id_) {
    log::warn("permission to stop tasks is for another manifest than the last; nothing is stopped",
              {{"message_id", message->message_id}});
    co_return ok();
  }
  manifest_id_.clear();
  for (const protocol::TaskIdentifier& task : message->stop_tasks) {
    if (!needs_.engine.knows(task.task_arn)) continue;
    log::warn("task is stopped: the control plane does not want it", {{"task", task.task_arn}});
    std::string arn = task.task_arn;
    BERTH_CO_CHECK(co_await needs_.engine.stop_task(std::move(arn)));
  }
  co_return ok();
}

Async<> Inbox::receive_heartbeat(protocol::Envelope envelope) {
  Result<protocol::HeartbeatMessage> message =
      protocol::decode<protocol::HeartbeatMessage>(envelope.message);
  if (!message) co_return co_await unreadable(envelope.type, std::move(message).error());
  std::string frame = protocol::frame_text(protocol::HeartbeatAckRequest{message->message_id});
  Result<> sent = co_await needs_.send(std::move(frame));
  co_return sent;
}

Async<> Inbox::acknowledge(std::string message_id) {
  const protocol::AckRequest ack{needs_.cluster, needs_.instance_arn, std::move(message_id)};
  std::string frame = protocol::frame_text(ack);
  Result<> sent = co_await needs_.send(std::move(frame));
  co_return sent;
}

Async<> Inbox::acknowledge_credentials(std::string message_id,
                                       protocol::RoleCredentials credentials) {
  const protocol::IAMRoleCredentialsAckRequest ack{std::move(message_id), credentials.expiration,
                                                   credentials.credentials_id};
  std::string frame = protocol::frame_text(ack);
  Result<> sent = co_await needs_.send(std::move(frame));
  co_return sent;
}

}  // namespace berth::inbox
