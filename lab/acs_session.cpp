// acs_session.cpp - the session that brings tasks to an agent.
#include "lab/acs_session.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "lab/manifest.hpp"
#include "lab/payload.hpp"
#include "lab/task_change.hpp"

namespace berth::lab {

namespace {

constexpr std::chrono::seconds kWriteTime{10};
constexpr std::chrono::seconds kCloseTime{2};
/// Tasks in one payload: what one RunTask can ask for.
constexpr std::size_t kMostTasks = 10;
/// Heartbeats that may go without an answer before the agent counts as gone.
constexpr std::size_t kMostHeartbeats = 2;

std::int64_t milliseconds(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

AcsSession::AcsSession(Lab& lab, std::string instance_arn, std::unique_ptr<http::WebSocket> socket,
                       asio::any_io_executor executor)
    : lab_(lab),
      instance_arn_(std::move(instance_arn)),
      socket_(std::move(socket)),
      news_(executor),
      next_heartbeat_(lab.clock().now() + lab.settings().heartbeat) {
  cluster_arn_ = lab_.names().cluster_arn(lab_.instances().at(instance_arn_).cluster);
}

void AcsSession::wake() {
  woken_ = true;
  news_.cancel();
}

void AcsSession::hang_up() {
  hung_up_ = true;
  wake();
}

Async<> AcsSession::run() {
  using namespace asio::experimental::awaitable_operators;
  log::info("agent connected", {{"instance", instance_arn_}});
  lab_.connect(instance_arn_, *this);
  auto reading = detail::quietly(read_all());
  auto writing = detail::quietly(write_all());
  const auto first = co_await (std::move(reading) || std::move(writing));
  lab_.disconnect(instance_arn_, *this);
  const Result<>& outcome = first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
  log::info("agent disconnected",
            {{"instance", instance_arn_}, {"reason", outcome ? "" : outcome.error().message}});
  const http::Closed goodbye{1000, ""};
  // The other side may be gone already; there is nobody to tell.
  (void)co_await socket_->close(goodbye, lab_.clock().in(kCloseTime));
  co_return ok();
}

Async<> AcsSession::read_all() {
  for (;;) {
    auto frame = co_await socket_->read(Deadline::never());
    if (!frame) co_return std::move(frame).error();
    take_frame(*frame);
  }
}

Async<> AcsSession::write_all() {
  while (!hung_up_) {
    woken_ = false;
    // Before the payloads: a task is not to start with routes or members that are gone.
    BERTH_CO_CHECK(co_await tell_network());
    BERTH_CO_CHECK(co_await tell_news());
    // What changed meanwhile goes first: a manifest follows the payloads it sums up.
    if (!woken_) BERTH_CO_CHECK(co_await tell_manifest());
    if (question_) BERTH_CO_CHECK(co_await answer_question());
    if (lab_.clock().now() >= next_heartbeat_) BERTH_CO_CHECK(co_await heartbeat());
    if (!woken_) BERTH_CO_CHECK(co_await wait_for_news());
  }
  co_return ok();
}

Async<> AcsSession::write(std::string frame) {
  auto written = co_await socket_->write(std::move(frame), lab_.clock().in(kWriteTime));
  co_return written;
}

bool AcsSession::is_news(const Task& task) const {
  const Told want = wanted(task);
  if (want == Told::Nothing) return false;
  const auto said = said_.find(task.id);
  if (said == said_.end() || said->second.told < want) return true;
  return !said->second.acked && lab_.clock().now() - said->second.at >= lab_.settings().resend;
}

Async<> AcsSession::tell_network() {
  auto message = network_.next(lab_, lab_.instances().at(instance_arn_));
  if (!message) co_return ok();
  log::debug("network sent", {{"instance", instance_arn_},
                              {"message_id", message->message_id},
                              {"count", message->security_groups.size()}});
  auto written = co_await write(protocol::frame_text(*message));
  co_return written;
}

Async<> AcsSession::tell_news() {
  std::vector<Task*> payload;
  // Only ids cross the wait: a task may be gone after it.
  std::vector<std::string> interfaces;
  for (Task* task : lab_.live_tasks(instance_arn_)) {
    if (!is_news(*task)) continue;
    if (wanted(*task) == Told::Attach) {
      interfaces.push_back(task->id);
    } else if (payload.size() < kMostTasks) {
      payload.push_back(task);
    } else {
      woken_ = true;  // the rest goes with the next round
    }
  }
  if (!payload.empty()) BERTH_CO_CHECK(co_await tell_payload(std::move(payload)));
  for (const std::string& id : interfaces) {
    const auto found = lab_.tasks().find(id);
    if (found == lab_.tasks().end() || wanted(found->second) != Told::Attach) continue;
    BERTH_CO_CHECK(co_await tell_attachment(found->second));
  }
  co_return ok();
}

std::string AcsSession::note_sent(Task& task, Told told, std::string message_id) {
  said_[task.id] = {told, lab_.clock().now(), false};
  unacked_[message_id].emplace_back(task.id, told);
  if (task.sent < told) {
    task.sent = told;
    if (told == Told::Attach) task.interface->status = "ATTACHING";
    // Written before it is told: a stop after a restart must know that the agent may run it.
    const bool was_woken = woken_;
    if (auto kept = lab_.changed(task); !kept) {
      log::error("task not written down", {{"task", task.id}, {"error", kept.error().message}});
    }
    woken_ = was_woken;
  }
  return message_id;
}

Async<> AcsSession::tell_attachment(Task& task) {
  protocol::AttachTaskNetworkInterfacesMessage message;
  message.message_id = note_sent(task, Told::Attach, lab_.random().uuid());
  message.cluster_arn = cluster_arn_;
  message.container_instance_arn = instance_arn_;
  message.task_arn = task.arn;
  message.task_cluster_arn = cluster_arn_;
  message.generated_at_ms = milliseconds(lab_.now());
  const auto left = (task.interface->attach_by - lab_.now()).count();
  message.wait_timeout_ms = std::max<std::int64_t>(1, left);
  const Interface& interface = *task.interface;
  message.enis.push_back(eni_of(interface, told_groups(lab_, interface.groups)));
  auto written = co_await write(protocol::frame_text(message));
  co_return written;
}

Async<> AcsSession::tell_payload(std::vector<Task*> tasks) {
  Instance& instance = lab_.instances().at(instance_arn_);
  protocol::PayloadMessage message;
  message.message_id = lab_.random().uuid();
  message.cluster_arn = cluster_arn_;
  message.container_instance_arn = instance_arn_;
  message.seq_num = lab_.next_seq_num(instance);
  message.timeline = message.seq_num;
  message.generated_at_ms = milliseconds(lab_.now());
  for (Task* task : tasks) {
    const Definition* definition = lab_.definitions().find(task->definition_arn);
    if (!definition) continue;  // a definition is kept as long as a task uses it
    note_sent(*task, wanted(*task), message.message_id);
    message.tasks.push_back(
        payload_of(*task, definition->shown, cluster_arn_, lab_.settings().region));
    if (const auto& interface = task->interface) {
      auto eni = eni_of(*interface, told_groups(lab_, interface->groups));
      message.tasks.back().enis.push_back(std::move(eni));
    }
  }
  log::debug("payload sent", {{"instance", instance_arn_},
                              {"message_id", message.message_id},
                              {"count", message.tasks.size()}});
  auto written = co_await write(protocol::frame_text(message));
  co_return written;
}

Async<> AcsSession::tell_manifest() {
  Instance& instance = lab_.instances().at(instance_arn_);
  std::vector<protocol::TaskIdentifier> tasks = expected_tasks(lab_, instance);
  const Moment now = lab_.clock().now();
  if (manifest_ && manifest_->tasks == tasks &&
      (manifest_->acked || now - manifest_->at < lab_.settings().resend)) {
    co_return ok();
  }
  protocol::TaskManifestMessage message;
  message.message_id = lab_.random().uuid();
  message.cluster_arn = cluster_arn_;
  message.container_instance_arn = instance_arn_;
  message.generated_at_ms = milliseconds(lab_.now());
  message.timeline = lab_.next_seq_num(instance);
  message.tasks = tasks;
  manifest_ = Manifest{message.message_id, std::move(tasks), now, false};
  auto written = co_await write(protocol::frame_text(message));
  co_return written;
}

Async<> AcsSession::answer_question() {
  const protocol::TaskStopVerificationMessage question = std::move(*question_);
  question_.reset();
  protocol::TaskStopVerificationAck answer;
  answer.message_id = question.message_id;
  answer.generated_at_ms = milliseconds(lab_.now());
  answer.stop_tasks =
      unwanted_tasks(lab_, lab_.instances().at(instance_arn_), question.stop_candidates);
  log::info("agent is to stop tasks that nobody wants",
            {{"instance", instance_arn_}, {"count", answer.stop_tasks.size()}});
  auto written = co_await write(protocol::frame_text(answer));
  co_return written;
}

Async<> AcsSession::heartbeat() {
  if (heartbeats_.size() >= kMostHeartbeats) {
    co_return Error{Errc::TimedOut, 0, "heartbeats not answered"};
  }
  protocol::HeartbeatMessage message;
  message.message_id = lab_.random().uuid();
  heartbeats_.push_back(message.message_id);
  next_heartbeat_ = lab_.clock().now() + lab_.settings().heartbeat;
  auto written = co_await write(protocol::frame_text(message));
  co_return written;
}

Async<> AcsSession::wait_for_news() {
  Moment until = next_heartbeat_;
  for (const auto& [id, said] : said_) {
    if (!said.acked) until = std::min(until, said.at + lab_.settings().resend);
  }
  if (manifest_ && !manifest_->acked) {
    until = std::min(until, manifest_->at + lab_.settings().resend);
  }
  if (const auto resend = network_.resend_at(lab_)) until = std::min(until, *resend);
  news_.expires_at(until);
  co_await news_.async_wait(use_result);
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    co_return Error{Errc::Cancelled, 0, "session cancelled"};
  }
  // What is over needs no more words.
  std::erase_if(said_, [this](const auto& one) {
    const auto task = lab_.tasks().find(one.first);
    return task == lab_.tasks().end() || !task->second.is_live();
  });
  std::erase_if(unacked_, [this](const auto& one) {
    return std::none_of(one.second.begin(), one.second.end(),
                        [this](const auto& told) { return said_.contains(told.first); });
  });
  co_return ok();
}

void AcsSession::take_frame(const std::string& text) {
  auto envelope = protocol::decode_frame(text);
  if (!envelope) {
    log::warn("frame not understood",
              {{"instance", instance_arn_}, {"error", envelope.error().message}});
    return;
  }
  if (envelope->type == protocol::AckRequest::kType) {
    if (auto ack = protocol::decode<protocol::AckRequest>(envelope->message)) {
      take_ack(ack->message_id);
    }
  } else if (envelope->type == protocol::HeartbeatAckRequest::kType) {
    heartbeats_.clear();
  } else if (envelope->type == protocol::TaskStopVerificationMessage::kType) {
    auto question = protocol::decode<protocol::TaskStopVerificationMessage>(envelope->message);
    if (!question) return;
    question_ = std::move(*question);
    wake();
  } else if (envelope->type == protocol::NackRequest::kType) {
    if (auto nack = protocol::decode<protocol::NackRequest>(envelope->message)) {
      log::warn("message refused by the agent", {{"instance", instance_arn_},
                                                 {"message_id", nack->message_id},
                                                 {"reason", nack->reason}});
    }
  } else {
    log::debug("message ignored", {{"instance", instance_arn_}, {"what", envelope->type}});
  }
}

void AcsSession::take_ack(const std::string& message_id) {
  if (manifest_ && manifest_->message_id == message_id) manifest_->acked = true;
  if (network_.take_ack(message_id)) wake();  // what changed meanwhile can go
  const auto found = unacked_.find(message_id);
  if (found == unacked_.end()) return;
  const auto tasks = std::move(found->second);
  unacked_.erase(found);
  for (const auto& [id, told] : tasks) {
    if (auto said = said_.find(id); said != said_.end() && said->second.told == told) {
      said->second.acked = true;
    }
    const auto known = lab_.tasks().find(id);
    if (known == lab_.tasks().end() || known->second.acked >= told) continue;
    Task& task = known->second;
    task.acked = told;
    if (!task.connectivity_at && told >= Told::Run) task.connectivity_at = lab_.now();
    if (auto kept = lab_.changed(task); !kept) {
      log::error("task not written down", {{"task", id}, {"error", kept.error().message}});
    }
  }
}

}  // namespace berth::lab
