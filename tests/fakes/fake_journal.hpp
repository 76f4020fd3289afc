// fake_journal.hpp - a journal in memory whose writes fail or wait when a test says so.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "agent/records/journal.hpp"
#include "tests/fakes/fail_plan.hpp"
#include "tests/fakes/latch.hpp"

namespace berth::testing {

/// Keeps the seam's promises: a commit that fails has written nothing.
class FakeJournal final : public records::Journal, public records::ReportQueue {
 public:
  explicit FakeJournal(asio::any_io_executor executor) : commits(executor), forgets(executor) {}

  FailPlan plan;  ///< counts commits
  Latch commits;  ///< each passes before it writes
  Latch forgets;
  std::map<std::string, model::Record> written;  ///< by task ARN
  std::vector<records::QueuedReport> queue;
  int failing_accepts = 0;  ///< so many calls of accepted() fail

  void note(const model::Record& record) override { written[record.task.arn] = record; }

  Async<std::optional<records::QueuedReport>> commit(
      model::Record record, std::optional<records::Report> report) override {
    BERTH_CO_CHECK(co_await commits.pass());
    if (auto failed = plan.next()) co_return *failed;
    std::optional<records::QueuedReport> queued;
    if (report) queued = records::QueuedReport{++last_, std::move(*report)};
    if (queued) queue.push_back(*queued);
    const std::string arn = record.task.arn;
    written[arn] = std::move(record);
    co_return queued;
  }

  Async<> forget(std::string task_arn) override {
    BERTH_CO_CHECK(co_await forgets.pass());
    written.erase(task_arn);
    std::erase_if(queue, [&task_arn](const auto& one) { return one.report.task_arn == task_arn; });
    co_return ok();
  }

  Async<std::vector<model::Record>> load() override {
    std::vector<model::Record> records;
    for (const auto& [arn, record] : written) records.push_back(record);
    co_return records;
  }

  Async<std::vector<records::QueuedReport>> waiting() override {
    std::vector<records::QueuedReport> copy = queue;
    co_return copy;
  }

  Async<> accepted(std::int64_t sequence) override {
    if (failing_accepts > 0) {
      --failing_accepts;
      co_return Error{Errc::Exhausted, 0, "disk full"};
    }
    std::erase_if(queue, [sequence](const auto& one) { return one.sequence == sequence; });
    co_return ok();
  }

 private:
  std::int64_t last_ = 0;
};

}  // namespace berth::testing
