// task_runner.cpp - decide, do, see, apply, write down.
#include "agent/engine/task_runner.hpp"

#include <vector>

#include "agent/engine/apply.hpp"
#include "agent/engine/decide.hpp"
#include "agent/model/ids.hpp"
#include "base/backoff.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"

namespace berth::engine {

namespace {

constexpr std::size_t kMailboxBound = 4096;    // steps in flight are a few per container
constexpr std::size_t kSightBound = 1024;      // past it sights from outside are dropped for a look
constexpr std::chrono::seconds kLeastStep{1};  // of the clock: nothing here is counted finer

/// The container a step is about; "" for the task's own.
std::string container_of(const model::Record& record, const Step& step) {
  return step.container ? record.task.containers[*step.container].name : "";
}

std::string coroutine_name(const model::Record& record, const Step& step) {
  return model::task_id_of(record.task.arn) + "/" + name_of(step);
}

}  // namespace

TaskRunner::TaskRunner(Workshop& workshop, Facts facts, Nursery& nursery)
    : workshop_(workshop),
      facts_(std::move(facts)),
      nursery_(nursery),
      record_(std::make_shared<const model::Record>(facts_.record)),
      mailbox_(nursery.executor(), kMailboxBound),
      recorder_(workshop.timeline, record_->task.arn) {}

Async<> TaskRunner::run() {
  heed_clock();
  // A record found after a crash may hold changes that were never put into a report.
  BERTH_CO_CHECK(co_await write_down(false));
  while (true) {
    begin_steps();
    cancel_moot_steps();
    if (is_over(facts_)) {
      over_ = true;
      while (const std::optional<Letter> late = mailbox_.try_pop()) {
        if (late->written) late->written();
      }
      co_return ok();
    }
    BERTH_CO_TRY(Letter letter, co_await mailbox_.pop());
    BERTH_CO_CHECK(co_await take_letters(std::move(letter)));
  }
}

void TaskRunner::tell(Sight sight, std::function<void()> written) {
  if (over_) {
    if (written) written();
    return;
  }
  if (mailbox_.size() >= kSightBound && !written) {
    missed_ = true;
    return;
  }
  Letter letter{{workshop_.clock.wall(), std::move(sight)}, std::move(written)};
  if (!mailbox_.push(std::move(letter))) missed_ = true;
}

void TaskRunner::pulled(std::size_t container, Progress progress) {
  recorder_.pulled(container, std::move(progress), *record_, workshop_.clock.wall());
}

model::Why TaskRunner::why() const {
  const auto limit_of = [this](const Step& step) {
    return workshop_.hands.limit_of(step, *record_);
  };
  const std::string& arn = record_->task.arn;
  return explain(facts_, {recorder_.in_flight(), limit_of, workshop_.hands.queue_word(arn),
                          held_by_disk_, workshop_.hands.awaited_nic(arn)});
}

void TaskRunner::begin_steps() {
  for (const Step& step : decide(facts_)) {
    facts_.in_flight.insert(step);
    recorder_.begun(step, *record_, workshop_.clock.wall());
    nursery_.start(coroutine_name(*record_, step), perform(step));
  }
}

void TaskRunner::cancel_moot_steps() {
  for (const Step& step : facts_.in_flight) {
    if (!is_moot(facts_, step) && !waits_for_nothing(step)) continue;
    given_up_.insert(step);
    nursery_.cancel(coroutine_name(*record_, step));
  }
}

/// A network that waits for its NIC is not begun yet, and of a task that stops never will be.
bool TaskRunner::waits_for_nothing(const Step& step) const {
  return step.kind == StepKind::CreateNetwork && facts_.record.goal == model::Goal::Stopped &&
         workshop_.hands.awaited_nic(record_->task.arn);
}

Async<> TaskRunner::perform(Step step) {
  BERTH_CRASH_POINT("step.", name_of(step.kind), ".begun");
  Result<Sight> seen = co_await workshop_.hands.perform(step, record_);
  const bool is_given_up = given_up_.erase(step) > 0;
  Sight sight;
  if (seen) {
    BERTH_CRASH_POINT("step.", name_of(step.kind), ".done");
    sight = std::move(seen).value();
    log::debug("step done", {{"task", record_->task.arn},
                             {"container", container_of(*record_, step)},
                             {"step", name_of(step.kind)}});
  } else {
    if (seen.error().code == Errc::Cancelled) {
      // Not by this runner: the daemon is stopping, which says nothing about the task.
      if (!is_given_up) co_return std::move(seen).error();
    } else {
      log::warn("step failed", {{"task", record_->task.arn},
                                {"container", container_of(*record_, step)},
                                {"step", name_of(step.kind)},
                                {"error", seen.error().text()}});
    }
    sight = StepFailed{step, std::move(seen).error()};
  }
  co_return mailbox_.push(Letter{{workshop_.clock.wall(), std::move(sight)}, {}});
}

void TaskRunner::see(const Observed& observed) {
  recorder_.saw(observed, facts_.record);
  facts_ = apply(std::move(facts_), observed, workshop_.pull_failure_stops_task);
}

/// The record's times are of the wall clock, which may have been set since; of another boot, only a
/// sight that waits in the mailbox may tell.
void TaskRunner::heed_clock() {
  const model::Record& record = facts_.record;
  if (record.boot_id != workshop_.boot_id) return;
  const WallTime boot_began = workshop_.clock.boot_began();
  if (record.boot_began && std::chrono::abs(boot_began - *record.boot_began) < kLeastStep) return;
  see({workshop_.clock.wall(), ClockSet{boot_began}});
}

Async<> TaskRunner::take_letters(Letter first) {
  heed_clock();
  const std::shared_ptr<const model::Record> before = record_;
  std::vector<std::function<void()>> awaiting;
  std::optional<Letter> next = std::move(first);
  while (next) {
    see(next->observed);
    if (next->written) awaiting.push_back(std::move(next->written));
    next = mailbox_.try_pop();
  }
  if (missed_) {
    missed_ = false;
    see({workshop_.clock.wall(), LookAgain{}});
  }
  BERTH_CO_CHECK(co_await write_down(!awaiting.empty()));
  for (const std::function<void()>& written : awaiting) written();
  log_changes(*before);
  co_return ok();
}

Async<> TaskRunner::write_down(bool synced) {
  std::optional<records::Report> report = workshop_.make_report(facts_.record);
  if (report) facts_.record = told(std::move(facts_.record));
  const bool changed = !(facts_.record == *record_);
  if (changed) {
    recorder_.changed(*record_, facts_.record, workshop_.clock.wall());
    record_ = std::make_shared<const model::Record>(facts_.record);
  }
  if (!report && !synced) {
    if (changed) workshop_.journal.note(*record_);
  } else {
    Backoff backoff({std::chrono::milliseconds(100), std::chrono::seconds(10), 2.0, 0.2});
    Random random;
    while (true) {
      model::Record copy = *record_;
      std::optional<records::Report> told_now = report;
      Result<std::optional<records::QueuedReport>> queued =
          co_await workshop_.journal.commit(std::move(copy), std::move(told_now));
      if (queued) {
        held_by_disk_.reset();
        if (*queued) {
          recorder_.written(**queued, record_->known, workshop_.clock.wall());
          workshop_.on_report(std::move(**queued));
        }
        break;
      }
      if (queued.failed_with(Errc::Cancelled)) co_return std::move(queued).error();
      // Nothing is told and nothing goes on before it is written down.
      const WallTime since = held_by_disk_ ? *held_by_disk_->since : workshop_.clock.wall();
      held_by_disk_ = {"its record to be written: " + queued.error().text(), since, {}, ""};
      const std::chrono::milliseconds wait = backoff.next(random);
      log::error("record could not be written, trying again", {{"task", record_->task.arn},
                                                               {"wait_ms", wait.count()},
                                                               {"error", queued.error().text()}});
      BERTH_CO_CHECK(co_await workshop_.clock.sleep(wait));
    }
  }
  if (changed) workshop_.on_change(*record_);
  co_return ok();
}

void TaskRunner::log_changes(const model::Record& before) const {
  const model::Record& after = *record_;
  const std::string& task = after.task.arn;
  for (std::size_t at = 0; at < after.containers.size(); ++at) {
    const model::ContainerRecord& was = before.containers[at];
    const model::ContainerRecord& is = after.containers[at];
    const std::string& name = after.task.containers[at].name;
    if (was.known != is.known) {
      log::info("container changed state",
                {{"task", task},
                 {"container", name},
                 {"status", name_of(is.known)},
                 {"exit_code", is.exit ? std::to_string(is.exit->code) : std::string("none")},
                 {"reason", is.fault ? is.fault->message : ""}});
    }
    if (was.health != is.health) {
      log::info("container changed health",
                {{"task", task}, {"container", name}, {"health", name_of(is.health)}});
    }
  }
  if (before.known != after.known) {
    log::info("task changed state",
              {{"task", task},
               {"status", name_of(after.known)},
               {"reason", after.fault ? after.fault->message : ""},
               {"took_ms", (workshop_.clock.wall() - after.accepted_at).count()}});
  }
}

}  // namespace berth::engine
