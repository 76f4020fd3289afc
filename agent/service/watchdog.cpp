// watchdog.cpp - write, tell, sleep.
#include "agent/service/watchdog.hpp"

#include "base/log.hpp"

namespace berth::service {

namespace {

bool is_answer(const Result<>& written) {
  return written || written.failed_with(Errc::Exhausted);
}

void tell_alive(systemd::Notifier& notifier) {
  if (const Result<> told = notifier.watchdog(); !told) {
    log::warn("service manager was not told", {{"error", told.error().text()}});
  }
}

}  // namespace

Async<> feed_watchdog(systemd::Notifier& notifier, records::NodeBook& book, Clock& clock,
                      std::function<void()> after_each) {
  const auto allowed = notifier.watchdog_interval();
  if (!allowed) co_return ok();
  while (true) {
    const WallTime now = clock.wall();
    Result<> written = co_await book.keep_pulse(now);
    if (written.failed_with(Errc::Cancelled)) co_return written;
    if (!written) log::error("the store is not well", {{"error", written.error().text()}});
    if (is_answer(written)) tell_alive(notifier);
    after_each();
    BERTH_CO_CHECK(co_await clock.sleep(*allowed / 2));
  }
}

}  // namespace berth::service
