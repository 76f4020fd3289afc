// sqlite_timeline.cpp - lines gathered, then written together.
#include "agent/records/sqlite_timeline.hpp"

#include "base/log.hpp"

namespace berth::records {

namespace {

constexpr std::chrono::milliseconds kGathered{200};  // so long after the first line
constexpr std::size_t kMostWaiting = 512;            // lines; more are written at once
constexpr auto kForEver = std::chrono::steady_clock::time_point::max();

}  // namespace

void SqliteTimeline::note(std::string task_arn, model::Entry entry) {
  entry.text = short_text(std::move(entry.text));
  waiting_.emplace_back(std::move(task_arn), std::move(entry));
  if (waiting_.size() == 1) noted_.cancel();
  if (waiting_.size() >= kMostWaiting) write();
}

void SqliteTimeline::write() {
  if (waiting_.empty()) return;
  journal_.post([entries = std::exchange(waiting_, {})](store::Database& database) {
    if (Result<> put = put_entries(database, entries); !put) {
      log::warn("lines of timelines could not be written",
                {{"count", entries.size()}, {"error", put.error().text()}});
    }
  });
}

Async<> SqliteTimeline::run() {
  bool cancelled = co_await is_cancelled();
  while (!cancelled) {
    noted_.expires_at(waiting_.empty() ? kForEver : std::chrono::steady_clock::now() + kGathered);
    co_await noted_.async_wait(use_result);
    cancelled = co_await is_cancelled();
    if (noted_.expiry() != kForEver) write();
  }
  co_return Error{Errc::Cancelled, 0, "timelines are written no more"};
}

Async<model::Timeline> SqliteTimeline::read(std::string task_arn) {
  write();
  auto work = [arn = std::move(task_arn)](store::Database& database) {
    return get_timeline(database, arn);
  };
  Result<model::Timeline> timeline = co_await journal_.on_thread(std::move(work));
  co_return timeline;
}

Async<std::vector<std::string>> SqliteTimeline::tasks() {
  write();
  auto work = [](store::Database& database) { return timeline_tasks(database); };
  Result<std::vector<std::string>> arns = co_await journal_.on_thread(std::move(work));
  co_return arns;
}

}  // namespace berth::records
