// outbox.cpp - one line for each task, ten tellers.
#include "agent/outbox/outbox.hpp"

#include "agent/model/ids.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"

namespace berth::outbox {

using model::EntryKind;

namespace {

constexpr int kMostInFlight = 10;  // source: reference API, "across tasks"
constexpr auto kForEver = std::chrono::steady_clock::time_point::max();

std::string tries_text(int attempt) {
  return attempt == 1 ? "" : " at attempt " + std::to_string(attempt);
}

/// The first, second, fourth, eighth ... failure: a control plane that stays away is one story.
bool is_worth_a_line(int attempt) {
  return (attempt & (attempt - 1)) == 0;
}

}  // namespace

Outbox::Outbox(records::ReportQueue& queue, Clock& clock, Submit submit,
               std::function<void(const records::QueuedReport&)> on_taken, Note note,
               asio::any_io_executor executor)
    : queue_(queue),
      clock_(clock),
      submit_(std::move(submit)),
      on_taken_(std::move(on_taken)),
      note_(std::move(note)),
      nursery_(executor),
      in_flight_(executor, kMostInFlight),
      retry_now_(executor, kForEver) {}

Async<> Outbox::recover() {
  BERTH_CO_TRY(std::vector<records::QueuedReport> reports, co_await queue_.waiting());
  for (records::QueuedReport& report : reports) offer(std::move(report));
  co_return ok();
}

void Outbox::offer(records::QueuedReport report) {
  const std::string task_arn = report.report.task_arn;
  Line& line = lines_[task_arn];
  // The first is being sent; the last one stands for all between.
  if (report.report.final && line.reports.size() > 1 && waiting() >= records::kMostReports) {
    line.reports.erase(line.reports.begin() + 1, line.reports.end());
  }
  line.reports.push_back(std::move(report));
  if (line.sending) return;
  line.sending = true;
  nursery_.start("reports of " + model::task_id_of(task_arn), send_line(task_arn));
}

void Outbox::try_now() {
  retry_now_.cancel();
}

std::size_t Outbox::waiting() const {
  std::size_t count = 0;
  for (const auto& [arn, line] : lines_) count += line.reports.size();
  return count;
}

bool Outbox::is_telling_of(const std::string& task_arn) const {
  return lines_.contains(task_arn);
}

Async<> Outbox::stop() {
  BERTH_CO_CHECK(co_await nursery_.stop());
  co_return ok();
}

Async<> Outbox::send_line(std::string task_arn) {
  while (!lines_[task_arn].reports.empty()) {
    records::QueuedReport report = lines_[task_arn].reports.front();
    records::QueuedReport sent = report;
    BERTH_CO_TRY(const Gate::Pass pass, co_await in_flight_.enter());
    Result<bool> taken = co_await send_until_taken(std::move(sent));
    // Stopping: it is written down and goes out after the restart.
    if (!taken) co_return std::move(taken).error();
    lines_[task_arn].reports.pop_front();
    if (*taken) on_taken_(report);
  }
  lines_.erase(task_arn);
  co_return ok();
}

Async<bool> Outbox::send_until_taken(records::QueuedReport report) {
  // source: reference API, section 8; the first waits are short because a restart of the control
  // plane is the usual cause.
  Backoff backoff({std::chrono::milliseconds(100), std::chrono::seconds(30), 1.6, 0.2});
  const std::string task = report.report.task_arn;
  const std::string name = "report " + std::to_string(report.sequence);
  for (int attempt = 1;; ++attempt) {
    if (has_expired(report.report)) {
      note(report.report, EntryKind::ReportRefused, name + " not sent any more: its time is over");
      co_return false;
    }
    if (attempt == 1) note(report.report, EntryKind::ReportSent, name + " sent");
    records::Report copy = report.report;
    Result<> sent = co_await submit_(std::move(copy));
    if (sent.failed_with(Errc::Cancelled)) co_return std::move(sent).error();
    if (sent) {
      BERTH_CRASH_POINT("report.sent");
      log::debug("report taken", {{"task", task}, {"attempt", attempt}});
      note(report.report, EntryKind::ReportAccepted, name + " accepted" + tries_text(attempt));
      break;
    }
    if (sent.failed_with(Errc::Invalid)) {
      log::error("report refused for good, dropped",
                 {{"task", task}, {"error", sent.error().text()}});
      note(report.report, EntryKind::ReportRefused,
           name + " refused for good: " + sent.error().text());
      break;
    }
    if (is_worth_a_line(attempt)) {
      note(report.report, EntryKind::ReportRefused,
           name + " not taken" + tries_text(attempt) + ": " + sent.error().text());
    }
    const std::chrono::milliseconds wait = backoff.next(random_);
    log::warn("report not taken, trying again", {{"task", task},
                                                 {"attempt", attempt},
                                                 {"wait_ms", wait.count()},
                                                 {"error", sent.error().text()}});
    BERTH_CO_CHECK(co_await wait_before_retry(wait));
  }
  BERTH_CO_CHECK(co_await note_taken(std::move(report)));
  co_return true;
}

Async<> Outbox::note_taken(records::QueuedReport report) {
  Result<> noted = co_await queue_.accepted(report.sequence);
  if (!noted) {
    // It stays in the file and is sent once more, unchanged, after a restart.
    log::warn("acceptance of a report could not be noted",
              {{"task", report.report.task_arn}, {"error", noted.error().text()}});
  }
  BERTH_CRASH_POINT("report.accepted");
  co_return ok();
}

/// An interface of the instance has no timeline.
void Outbox::note(const records::Report& report, EntryKind kind, std::string text) const {
  if (report.call == records::ReportCall::Task) note_(report.task_arn, kind, std::move(text));
}

bool Outbox::has_expired(const records::Report& report) const {
  return report.expires_at && *report.expires_at <= clock_.wall();
}

Async<> Outbox::wait_before_retry(std::chrono::milliseconds wait) {
  asio::steady_timer timer(nursery_.executor(), wait);
  using namespace asio::experimental::awaitable_operators;
  co_await (timer.async_wait(use_result) || retry_now_.async_wait(use_result));
  const bool cancelled = co_await is_cancelled();
  if (cancelled) co_return Error{Errc::Cancelled, 0, "outbox stops"};
  co_return ok();
}

}  // namespace berth::outbox
