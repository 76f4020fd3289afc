// tcs_session.cpp - the session on which an agent publishes metrics, health and its own status.
#include "lab/tcs_session.hpp"

#include "base/log.hpp"
#include "controlplane/protocol/session.hpp"
#include "lab/task_change.hpp"

namespace berth::lab {

namespace {

constexpr std::chrono::seconds kWriteTime{10};
constexpr std::chrono::seconds kCloseTime{2};

void take_health(Lab& lab, const std::string& instance_arn,
                 const protocol::PublishHealthRequest& request) {
  for (const protocol::TaskHealth& health : request.tasks) {
    const auto found = lab.tasks().find(std::string(last_part(health.task_arn)));
    if (found == lab.tasks().end() || found->second.instance_arn != instance_arn) continue;
    Task& task = found->second;
    if (!apply(task, health)) continue;
    log::info("task health changed", {{"task", task.id}, {"health", task.health}});
    if (auto kept = lab.changed(task); !kept) {
      log::error("task not written down", {{"task", task.id}, {"error", kept.error().message}});
    }
  }
}

/// ContainerRuntime on the wire is CONTAINER_RUNTIME in the API.
std::string api_name(const std::string& type) {
  std::string name;
  for (const char c : type) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !name.empty() && type.find('_') == std::string::npos) name += '_';
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

void take_status(Lab& lab, const std::string& instance_arn,
                 const protocol::PublishInstanceStatusRequest& request) {
  Json details = Json::array();
  std::string overall = "OK";
  for (const protocol::InstanceStatus& status : request.statuses) {
    if (status.status != "OK" && overall != "IMPAIRED") overall = status.status;
    details.push_back({{"type", api_name(status.type)},
                       {"status", status.status},
                       {"lastUpdated", epoch_seconds(status.last_updated)},
                       {"lastStatusChange", epoch_seconds(status.last_status_change)}});
  }
  lab.reported_health(instance_arn) = {{"overallStatus", overall}, {"details", details}};
}

/// Decodes one request and takes it in; the answer says so either way.
template <class Request, class Answer, class Take>
std::string taken(const Json& message, const std::string& instance_arn, Take take) {
  auto request = protocol::decode<Request>(message);
  if (!request) {
    log::warn("telemetry not understood",
              {{"instance", instance_arn}, {"error", request.error().message}});
    return protocol::frame_text("InvalidParameterException",
                                Json{{"message", request.error().message}});
  }
  take(*request);
  return protocol::frame_text(Answer());
}

Async<> answer_all(Lab& lab, std::string instance_arn, http::WebSocket& socket, FrameCheck check) {
  for (;;) {
    auto frame = co_await socket.read(Deadline::never());
    if (!frame) co_return std::move(frame).error();
    auto answer = take_telemetry(lab, instance_arn, *frame, check);
    if (!answer) co_return std::move(answer).error();
    if (answer->empty()) continue;
    const Deadline by = lab.clock().in(kWriteTime);
    auto written = co_await socket.write(std::move(*answer), by);
    if (!written) co_return std::move(written).error();
  }
}

Async<> keep_alive(Lab& lab, http::WebSocket& socket) {
  for (;;) {
    BERTH_CO_CHECK(co_await lab.clock().sleep(lab.settings().heartbeat));
    const protocol::HeartbeatMessage heartbeat;
    const Deadline by = lab.clock().in(kWriteTime);
    auto written = co_await socket.write(protocol::frame_text(heartbeat), by);
    if (!written) co_return std::move(written).error();
  }
}

}  // namespace

Result<std::string> take_telemetry(Lab& lab, const std::string& instance_arn,
                                   const std::string& text, const FrameCheck& check) {
  BERTH_TRY(const protocol::SignedFrame frame, protocol::split_frame(text));
  if (auto good = check(frame); !good) {
    return Error{Errc::Denied, 0, good.error().code + ": " + good.error().message};
  }
  BERTH_TRY(const protocol::Envelope envelope, protocol::decode_frame(frame.body));
  using namespace protocol;
  if (envelope.type == PublishHealthRequest::kType) {
    return taken<PublishHealthRequest, AckPublishHealth>(
        envelope.message, instance_arn,
        [&](const auto& request) { take_health(lab, instance_arn, request); });
  }
  if (envelope.type == PublishMetricsRequest::kType) {
    return taken<PublishMetricsRequest, AckPublishMetric>(envelope.message, instance_arn,
                                                          [](const auto&) {});
  }
  if (envelope.type == PublishInstanceStatusRequest::kType) {
    return taken<PublishInstanceStatusRequest, AckPublishInstanceStatus>(
        envelope.message, instance_arn,
        [&](const auto& request) { take_status(lab, instance_arn, request); });
  }
  log::debug("telemetry ignored", {{"instance", instance_arn}, {"what", envelope.type}});
  return std::string();
}

Async<> run_tcs_session(Lab& lab, std::string instance_arn, std::unique_ptr<http::WebSocket> socket,
                        FrameCheck check) {
  using namespace asio::experimental::awaitable_operators;
  auto answering = berth::detail::quietly(answer_all(lab, instance_arn, *socket, std::move(check)));
  auto beating = berth::detail::quietly(keep_alive(lab, *socket));
  const auto first = co_await (std::move(answering) || std::move(beating));
  const Result<>& outcome = first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
  http::Closed goodbye{1000, ""};
  if (outcome.failed_with(Errc::Denied)) {
    log::warn("telemetry session refused",
              {{"instance", instance_arn}, {"error", outcome.error().message}});
    goodbye = {1008, outcome.error().message.substr(0, 120)};
  }
  // The other side may be gone already; there is nobody to tell.
  (void)co_await socket->close(goodbye, lab.clock().in(kCloseTime));
  co_return ok();
}

}  // namespace berth::lab
