// health.cpp - records as health messages, and when they go out.
#include "agent/outbox/health.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/log.hpp"
#include "controlplane/protocol/session.hpp"

namespace berth::outbox {

namespace {

constexpr std::size_t kTasksPerMessage = 10;  // source: reference telemetry, section 4.3
constexpr std::chrono::seconds kTick{20};     // source: the same, section 4.1
constexpr std::chrono::seconds kLeastPause{1};
constexpr std::chrono::milliseconds kGather{20};  // changes that come together go together

std::optional<protocol::TaskHealth> health_of(const model::Record& record, WallTime now) {
  protocol::TaskHealth health{record.task.arn, record.task.family, record.task.version, {}};
  if (record.task.origin == model::Origin::Local) return std::nullopt;
  if (record.known == model::TaskStatus::Stopped) return std::nullopt;
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    const model::ContainerRecord& container = record.containers[at];
    if (!record.task.containers[at].health_check) continue;
    if (container.known != model::ContainerStatus::Running) continue;
    protocol::ContainerHealth one;
    one.container_name = record.task.containers[at].name;
    one.health_status = std::string(name_of(container.health));
    one.status_since = container.health_since.value_or(now);
    health.containers.push_back(std::move(one));
  }
  if (health.containers.empty()) return std::nullopt;
  return health;
}

}  // namespace

std::vector<protocol::PublishHealthRequest> health_requests(const Records& records,
                                                            const std::string& cluster,
                                                            const std::string& instance_arn,
                                                            const std::string& message_id,
                                                            WallTime now) {
  std::vector<protocol::PublishHealthRequest> requests;
  for (const std::shared_ptr<const model::Record>& record : records) {
    std::optional<protocol::TaskHealth> health = health_of(*record, now);
    if (!health) continue;
    if (requests.empty() || requests.back().tasks.size() == kTasksPerMessage) {
      protocol::PublishHealthRequest request;
      request.cluster = cluster;
      request.container_instance = instance_arn;
      request.message_id = message_id;
      request.fin = false;
      request.timestamp = now;
      requests.push_back(std::move(request));
    }
    requests.back().tasks.push_back(std::move(*health));
  }
  if (!requests.empty()) requests.back().fin = true;
  return requests;
}

HealthPublisher::HealthPublisher(Needs needs, Clock& clock, asio::any_io_executor executor)
    : needs_(std::move(needs)),
      clock_(clock),
      cause_(executor, std::chrono::steady_clock::time_point::max()) {}

void HealthPublisher::changed() {
  is_changed_ = true;
  cause_.cancel();
}

void HealthPublisher::session_changed() {
  published_.reset();
  changed();
}

Async<> HealthPublisher::run() {
  auto next_tick = clock_.now();
  while (true) {
    BERTH_CO_CHECK(co_await wait_for_cause(next_tick));
    const bool tick = clock_.now() >= next_tick;
    if (!tick) BERTH_CO_CHECK(co_await clock_.sleep(kGather));
    is_changed_ = false;
    if (needs_.is_connected() && (tick || published_ != wanted())) {
      if (Result<> published = co_await publish(tick); !published) {
        if (published.failed_with(Errc::Cancelled)) co_return published;
        log::warn("health was not published", {{"error", published.error().text()}});
      }
    }
    if (tick) next_tick = clock_.now() + kTick;
    if (clock_.now() < quiet_until_) BERTH_CO_CHECK(co_await clock_.sleep_until(quiet_until_));
  }
}

std::vector<protocol::PublishHealthRequest> HealthPublisher::wanted() const {
  return health_requests(needs_.records(), needs_.cluster, needs_.instance_arn, "", WallTime{});
}

Async<> HealthPublisher::send_health() {
  std::vector<protocol::PublishHealthRequest> told = wanted();
  const std::vector<protocol::PublishHealthRequest> requests = health_requests(
      needs_.records(), needs_.cluster, needs_.instance_arn, random_.uuid(), clock_.wall());
  published_.reset();  // a part of it may arrive
  for (const protocol::PublishHealthRequest& request : requests) {
    std::string frame = protocol::frame_text(request);
    Result<> sent = co_await needs_.send(std::move(frame));
    quiet_until_ = clock_.now() + kLeastPause;
    if (!sent) co_return sent;
  }
  published_ = std::move(told);
  co_return ok();
}

Async<> HealthPublisher::publish(bool with_metrics) {
  BERTH_CO_CHECK(co_await send_health());
  if (with_metrics) {
    protocol::PublishMetricsRequest idle;
    idle.cluster = needs_.cluster;
    idle.container_instance = needs_.instance_arn;
    idle.message_id = random_.uuid();
    idle.idle = true;
    idle.timestamp = clock_.wall();
    std::string frame = protocol::frame_text(idle);
    BERTH_CO_CHECK(co_await needs_.send(std::move(frame)));
  }
  co_return ok();
}

Async<> HealthPublisher::wait_for_cause(std::chrono::steady_clock::time_point until) {
  while (!is_changed_ && clock_.now() < until) {
    const bool cancelled = co_await berth::is_cancelled();
    if (cancelled) co_return Error{Errc::Cancelled, 0, "health publisher stops"};
    Async<> tick = clock_.sleep_until(until);
    using namespace asio::experimental::awaitable_operators;
    co_await (detail::quietly(std::move(tick)) || cause_.async_wait(use_result));
  }
  co_return ok();
}

}  // namespace berth::outbox
