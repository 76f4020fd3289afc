// daemon_membership.cpp - the daemon's place in its cluster, for whoever waits for it.
#include "agent/daemon.hpp"
#include "base/log.hpp"

namespace berth::agent {

namespace {

constexpr std::chrono::seconds kStatusTakes{5};

}  // namespace

Async<> Daemon::connection() {
  while (!session_ || !session_->is_connected()) {
    const bool cancelled = co_await is_cancelled();
    if (cancelled) co_return Error{Errc::Cancelled, 0, "nobody waits any more"};
    co_await connected_.async_wait(use_result);
  }
  co_return ok();
}

/// Keys that may not ask leave what the registration was answered with.
Async<> Daemon::ask_status() {
  std::string cluster = host_.config.cluster;
  std::string instance = instance_arn_;
  const Deadline by = Deadline::after(kStatusTakes);
  Result<std::string> now =
      co_await control_plane_.instance_status(std::move(cluster), std::move(instance), by);
  if (now) {
    instance_status_ = std::move(*now);
  } else {
    log::debug("the instance's status is not told", {{"error", now.error().text()}});
  }
  co_return ok();
}

Async<local::MembershipView> Daemon::membership(std::chrono::seconds wait) {
  const Deadline by = Deadline::after(wait);
  Result<> waited = co_await before(by, connection(), "the connection");
  if (waited.failed_with(Errc::Cancelled)) co_return std::move(waited).error();
  if (waited) BERTH_CO_CHECK(co_await ask_status());
  local::MembershipView view{host_.config.cluster, instance_arn_,
                             drain_.draining ? "DRAINING" : instance_status_,
                             session_ && session_->is_connected(), ""};
  if (const auto error = launch_.last_error()) view.last_error = error->text;
  co_return view;
}

}  // namespace berth::agent
