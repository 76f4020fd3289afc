// sqlite_timeline.hpp - timelines in the journal's file, written behind everything else.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "agent/records/sqlite_journal.hpp"
#include "agent/records/timeline.hpp"
#include "agent/records/timeline_table.hpp"

namespace berth::records {

/// Lines are gathered for a moment and written together on the journal's thread, so that the lines
/// of a start cost it one short transaction or two. Must not outlive the journal.
class SqliteTimeline final : public Timeline {
 public:
  SqliteTimeline(SqliteJournal& journal, asio::any_io_executor executor)
      : journal_(journal), noted_(std::move(executor)) {}
  ~SqliteTimeline() override { write(); }
  SqliteTimeline(const SqliteTimeline&) = delete;

  void note(std::string task_arn, model::Entry entry) override;
  Async<model::Timeline> read(std::string task_arn) override;
  Async<std::vector<std::string>> tasks() override;

  /// Writes what was noted, a moment after it was; until it is cancelled.
  Async<> run();

 private:
  void write();

  SqliteJournal& journal_;
  asio::steady_timer noted_;  ///< cancelled when there is something to write
  std::vector<TaskEntry> waiting_;
};

}  // namespace berth::records
