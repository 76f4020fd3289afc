// shutdown_delay.cpp - listen, take the lock, hear; from the start when the bus has ended.
#include "agent/service/shutdown_delay.hpp"

#include <utility>

#include "base/log.hpp"

namespace berth::service {

namespace {

constexpr std::chrono::seconds kAnswerLimit{30};
constexpr BackoffPolicy kReconnects{std::chrono::seconds(1), std::chrono::minutes(2), 2.0, 0.2};

}  // namespace

ShutdownDelay::ShutdownDelay(systemd::Logind& logind, Clock& clock, OnShutdown told)
    : logind_(logind), clock_(clock), told_(std::move(told)), backoff_(kReconnects) {}

Async<> ShutdownDelay::run() {
  while (true) {
    Result<> heard = co_await hear();
    if (heard.failed_with(Errc::Cancelled)) co_return heard;
    note_without(heard.error().text());
    const std::chrono::milliseconds wait = backoff_.next(random_);
    BERTH_CO_CHECK(co_await clock_.sleep(wait));
  }
}

/// Until the bus ends, if there is one. fails: always.
Async<> ShutdownDelay::hear() {
  const Deadline by = Deadline::after(kAnswerLimit);
  BERTH_CO_TRY(const bool is_there, co_await logind_.listen(by));
  backoff_.reset();
  if (is_there) BERTH_CO_CHECK(co_await take());
  if (!is_there) note_without("logind does not run");
  while (true) {
    BERTH_CO_TRY(const systemd::LogindNews news, co_await logind_.next());
    heed(news);
    if (news != systemd::LogindNews::GoesDown) BERTH_CO_CHECK(co_await take());
  }
}

/// In place of the one that is held, which is let go only then. fails: Cancelled.
Async<> ShutdownDelay::take() {
  systemd::ShutdownWait wait{"berthd", "tasks stop as their definitions say"};
  const Deadline by = Deadline::after(kAnswerLimit);
  Result<UniqueFd> lock = co_await logind_.delay_shutdown(std::move(wait), by);
  if (lock.failed_with(Errc::Cancelled)) co_return std::move(lock).error();
  if (!lock) {
    note_without(lock.error().text());
    co_return ok();
  }
  if (!is_held()) log::info("a shutdown waits until tasks have stopped");
  lock_ = std::move(*lock);
  without_.clear();
  // A host that goes down grants none: logind has begun anew, and the shutdown is forgotten.
  stay();
  co_return ok();
}

void ShutdownDelay::heed(systemd::LogindNews news) {
  if (news == systemd::LogindNews::Stays) stay();
  if (news != systemd::LogindNews::GoesDown || goes_down_) return;
  goes_down_ = true;
  told_.goes_down();
}

void ShutdownDelay::stay() {
  if (!goes_down_) return;
  goes_down_ = false;
  told_.stays();
}

/// Each reason once: most hosts without logind never get one.
void ShutdownDelay::note_without(std::string reason) {
  if (reason == without_) return;
  without_ = std::move(reason);
  log::info("a shutdown is not delayed by logind", {{"reason", without_}});
}

}  // namespace berth::service
