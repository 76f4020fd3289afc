// daemon_membership.cpp - the daemon's place in its cluster, for whoever waits for it.
#include "agent/daemon.hpp"

namespace berth::agent {

Async<> Daemon::connection() {
  while (!session_ || !session_->is_connected()) {
    const bool cancelled = co_await is_cancelled();
    if (cancelled) co_return Error{Errc::Cancelled, 0, "nobody waits any more"};
    co_await connected_.async_wait(use_result);
  }
  co_return ok();
}

Async<local::MembershipView> Daemon::membership(std::chrono::seconds wait) {
  const Deadline by = Deadline::after(wait);
  Result<> waited = co_await before(by, connection(), "the connection");
  if (waited.failed_with(Errc::Cancelled)) co_return std::move(waited).error();
  local::MembershipView view{host_.config.cluster, instance_arn_,
                             drain_.draining ? "DRAINING" : instance_status_,
                             session_ && session_->is_connected(), ""};
  if (const auto error = launch_.last_error()) view.last_error = error->text;
  co_return view;
}

}  // namespace berth::agent
