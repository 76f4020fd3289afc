// daemon_service.cpp - what the daemon joins about being a service: signs of life, status, reload.
#include <algorithm>

#include "agent/daemon.hpp"
#include "agent/node/clock_wait.hpp"
#include "agent/plan/stop.hpp"
#include "agent/service/status_line.hpp"
#include "agent/service/watchdog.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "systemd/manager.hpp"

namespace berth::agent {

namespace {

constexpr std::chrono::seconds kManagerLimit{5};
constexpr std::chrono::seconds kLongestLeave{600};
constexpr std::chrono::seconds kLeaveStep{5};
constexpr const char* kShutdownDelay = "shutdown delay";
constexpr const char* kSeeingOff = "seeing tasks off";

/// Every container of a task may have to wait for the one before it.
std::chrono::seconds longest_stop(const std::vector<std::shared_ptr<const model::Record>>& records,
                                  const plan::Settings& settings) {
  std::chrono::seconds longest{0};
  for (const auto& record : records) {
    if (record->known == model::TaskStatus::Stopped) continue;
    std::chrono::seconds sum{0};
    for (const model::Container& one : record->task.containers) {
      sum += std::chrono::ceil<std::chrono::seconds>(plan::stop_timeout_for(one, settings));
    }
    longest = std::max(longest, sum);
  }
  return longest;
}

}  // namespace

void Daemon::tell_service_manager(Result<> told) const {
  if (!told) log::debug("service manager was not told", {{"reason", told.error().text()}});
}

/// Signs of life begin with the daemon's first step: taking up many tasks is life, too.
Result<> Daemon::open_notifier() {
  BERTH_TRY(notifier_, systemd::Notifier::open(systemd::notify_environment()));
  nursery_.start("watchdog", service::feed_watchdog(*notifier_, *host_.journal, host_.clock,
                                                    [this] { note_status(); }));
  return ok();
}

/// Only a service of this host: a daemon started by hand is nobody whom a shutdown waits for.
void Daemon::heed_shutdowns() {
  if (!notifier_->is_listened_to()) return;
  nursery_.start(kShutdownDelay, shutdown_delay_.run());
}

void Daemon::note_status() {
  if (!notifier_ || !notifier_->is_listened_to()) return;
  service::Standing standing;
  standing.cluster = host_.config.cluster;
  standing.is_registered = !instance_arn_.empty();
  standing.has_clock = node::can_be_right(host_.clock.wall(), launch_.version.built);
  standing.is_connected = session_ && session_->is_connected();
  standing.has_containerd = host_.connection.is_connected();
  standing.is_draining = takes_none();
  standing.last_error = launch_.last_error();
  std::string line = service::status_line(standing, engine_.records());
  if (line == status_) return;
  status_ = std::move(line);
  tell_service_manager(notifier_->status(status_));
}

void Daemon::reload() {
  nursery_.start("reload", read_again());
}

Async<> Daemon::read_again() {
  if (!notifier_) co_return ok();  // it has not begun to work with the old one
  // One after the other: what was read last is what holds, and what is told last.
  BERTH_CO_TRY(const Gate::Pass pass, co_await reloading_.enter());
  tell_service_manager(notifier_->reloading(host_.clock.now()));
  auto work = [load = launch_.load_again] { return load(); };
  const Result<config::Loaded> fresh = co_await host_.offload.run(std::move(work));
  const Result<config::Changes> changes =
      fresh ? agent::reload(host_, *fresh) : Result<config::Changes>(fresh.error());
  if (!changes) {
    log::error("configuration not taken", {{"error", changes.error().text()}});
  } else {
    config::log_notices(fresh->notices);
    log::info("configuration read again", {{"field", joined(changes->taken)}});
    if (!changes->waiting.empty()) {
      log::warn("settings wait for a restart", {{"field", joined(changes->waiting)}});
    }
  }
  tell_service_manager(notifier_->ready());
  note_status();
  co_return ok();
}

service::OnShutdown Daemon::on_shutdown() {
  return {[this] { begin_leaving(); }, [this] { stay(); }};
}

/// Restarted or upgraded, the daemon leaves its tasks alone. When the whole system stops they would
/// be killed without a word, so they are stopped as their definitions say, while containerd and the
/// network are still there. logind tells before anything is stopped; where it does not, the unit is
/// ordered after both.
Async<> Daemon::leave_with_system() {
  if (!notifier_ || !notifier_->is_listened_to()) co_return ok();
  nursery_.cancel(kShutdownDelay);  // its lock stays
  if (!shutdown_delay_.goes_down()) {
    const Deadline by = Deadline::after(kManagerLimit);
    Result<bool> stops =
        co_await systemd::is_system_stopping(host_.spawner, systemd::kSystemctl, by);
    if (!stops) {
      log::warn("whether the system stops is not known: tasks keep running",
                {{"error", stops.error().text()}});
    }
    if (!stops || !*stops) co_return ok();
  }
  begin_leaving();
  // The system may stay after all.
  while (leave_ == Leave::Begun) {
    tell_service_manager(notifier_->needs(2 * kLeaveStep));
    left_.expires_after(kLeaveStep);
    co_await left_.async_wait(use_result);
  }
  co_return ok();
}

void Daemon::begin_leaving() {
  if (leave_ != Leave::No) return;
  log::info("the system stops: every task is stopped before it");
  leave_ = Leave::Begun;
  stop_tasks("the machine shuts down or reboots");
  nursery_.start(kSeeingOff, see_tasks_off());
  note_status();
}

/// Until all have stopped and that is told, but not longer than their stop timeouts ask for. What
/// the control plane has not taken by then is told after the boot.
Async<> Daemon::see_tasks_off() {
  const std::chrono::seconds limit = std::min(
      longest_stop(engine_.records(), host_.tools.settings) + config::kToSettle, kLongestLeave);
  const Deadline by = Deadline::after(limit);
  while (!by.has_passed()) {
    const bool cancelled = co_await is_cancelled();
    if (cancelled) co_return Error{Errc::Cancelled, 0, "the system does not stop"};
    const local::DrainView left = drain(false);
    if (left.running == 0 && left.unsent == 0) break;
    progress_.expires_at(earlier(by, Deadline::after(kLeaveStep)).at);
    co_await progress_.async_wait(use_result);
  }
  if (leave_ == Leave::No) co_return ok();  // cancelled in this moment
  leave_ = Leave::Done;
  left_.cancel();
  shutdown_delay_.let_go();
  co_return ok();
}

/// The control plane was told of no drain, and goes on placing tasks. What was stopped stays so,
/// but for tasks of files.
void Daemon::stay() {
  log::info("the system does not stop after all: tasks are taken again");
  nursery_.cancel(kSeeingOff);
  leave_ = Leave::No;
  left_.cancel();
  if (!drain_.draining) {
    engine_.take_again();
    standing_->resume();
  }
  note_status();
}

}  // namespace berth::agent
