// event_stream.cpp - subscribe, decode, begin again after a gap.
#include "runtime/event_stream.hpp"

#include <github.com/containerd/containerd/api/events/task.pb.h>

#include "containerd_api/awaitable.hpp"
#include "containerd_api/events.hpp"
#include "runtime/exit_status.hpp"

namespace berth::runtime {

namespace api = containerd_api;
namespace events = containerd_api::events;

namespace {

// A topic of our own: an event sent there and heard back proves that the stream is open. The
// service itself does not say when a subscription begins to count.
constexpr const char* kProbeTopic = "/berth/listening";
constexpr std::chrono::milliseconds kProbeEvery{20};
constexpr std::chrono::seconds kProbeAnswer{5};
constexpr BackoffPolicy kReconnect{std::chrono::milliseconds(50), std::chrono::milliseconds(1000),
                                   2, 0.2};

using Subscription = api::Stream<events::SubscribeRequest, events::Envelope>;

}  // namespace

struct ContainerdEvents::Stream {
  Subscription subscription;
};

std::optional<Event> event_of(const std::string& topic, const std::string& message) {
  if (topic == "/tasks/start") {
    ::containerd::events::TaskStart start;
    if (!start.ParseFromString(message)) return std::nullopt;
    return Started{start.container_id(), start.pid()};
  }
  if (topic == "/tasks/exit") {
    ::containerd::events::TaskExit exit;
    if (!exit.ParseFromString(message)) return std::nullopt;
    if (exit.id() != exit.container_id()) return std::nullopt;  // a command run inside
    return ContainerExited{exit.container_id(), exit_status(exit.exit_status(), exit.exited_at())};
  }
  if (topic == "/tasks/oom") {
    ::containerd::events::TaskOOM oom;
    if (!oom.ParseFromString(message)) return std::nullopt;
    return OutOfMemory{oom.container_id()};
  }
  return std::nullopt;
}

ContainerdEvents::ContainerdEvents(api::Connection& connection, Clock& clock)
    : connection_(connection), clock_(clock), backoff_(kReconnect) {}

ContainerdEvents::~ContainerdEvents() = default;

Async<Event> ContainerdEvents::next() {
  while (true) {
    if (!stream_) {
      if (has_failed_) {
        Result<> waited = co_await clock_.sleep(backoff_.next(random_));
        if (!waited) co_return std::move(waited).error();
      }
      has_failed_ = true;
      Result<> opened = co_await open();
      const bool cancelled = co_await is_cancelled();
      if (cancelled) {
        stream_.reset();
        co_return Error{Errc::Cancelled, 0, "waiting for events: cancelled"};
      }
      if (!opened) {
        stream_.reset();
        continue;
      }
      backoff_.reset();
      Event gap = Gap{};
      co_return gap;
    }
    Result<std::optional<events::Envelope>> got = co_await stream_->subscription.read();
    const bool cancelled = co_await is_cancelled();
    if (cancelled) {
      stream_.reset();
      co_return Error{Errc::Cancelled, 0, "waiting for events: cancelled"};
    }
    if (!got || !*got) {
      stream_.reset();
      continue;
    }
    std::optional<Event> event = event_of((*got)->topic(), (*got)->event().value());
    if (event) co_return *event;
  }
}

Async<> ContainerdEvents::open() {
  events::SubscribeRequest request;
  for (const char* topic : {"/tasks/start", "/tasks/exit", "/tasks/oom", kProbeTopic}) {
    request.add_filters("namespace==\"" + connection_.namespace_name() + "\",topic==\"" + topic +
                        "\"");
  }
  Result<Subscription> opened = co_await api::subscribe(connection_, events::kSubscribe,
                                                        std::move(request), Deadline::never());
  if (!opened) co_return std::move(opened).error();
  stream_ = std::make_unique<Stream>(Stream{std::move(*opened)});

  using namespace asio::experimental::awaitable_operators;
  std::variant<Result<>, Result<>> first =
      co_await (detail::quietly(hear_probe()) || detail::quietly(send_probes()));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  // Only a failure ends the sending; it has cost us the stream, too.
  co_return std::get<1>(std::move(first));
}

/// What is heard before the probe is dropped: the Gap that follows has it looked up.
Async<> ContainerdEvents::hear_probe() {
  while (true) {
    Result<std::optional<events::Envelope>> got = co_await stream_->subscription.read();
    if (!got) co_return std::move(got).error();
    if (!*got) co_return Error{Errc::Unavailable, 0, "the event stream ended"};
    if ((*got)->topic() == kProbeTopic) co_return ok();
  }
}

Async<> ContainerdEvents::send_probes() {
  while (true) {
    events::PublishRequest probe;
    probe.set_topic(kProbeTopic);
    probe.mutable_event()->set_type_url("google.protobuf.Empty");
    auto sent = co_await api::call(connection_, events::kPublish, std::move(probe),
                                   Deadline::after(kProbeAnswer));
    if (!sent) co_return std::move(sent).error();
    Result<> waited = co_await clock_.sleep(kProbeEvery);
    if (!waited) co_return std::move(waited).error();
  }
}

}  // namespace berth::runtime
