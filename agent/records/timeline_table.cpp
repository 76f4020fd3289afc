// timeline_table.cpp - lines numbered within their task, so that the bound is a number, too.
#include "agent/records/timeline_table.hpp"

#include <algorithm>

namespace berth::records {

using store::Database;
using store::Durability;
using store::Row;
using store::Transaction;

namespace {

/// What one more line makes of a task's row: its key, and how many lines were ever noted.
struct Numbered {
  std::int64_t task = 0;
  std::int64_t number = 0;
};

Result<Numbered> next_number(Database& database, const std::string& task_arn, WallTime at) {
  Numbered next;
  BERTH_CHECK(database.query(
      "INSERT INTO timelines(task_arn, noted, last_at) VALUES(?, 1, ?)"
      " ON CONFLICT(task_arn) DO UPDATE SET noted = noted + 1, last_at = excluded.last_at"
      " RETURNING id, noted",
      {task_arn, at.time_since_epoch().count()}, [&next](const Row& row) -> Result<> {
        next = {row.integer(0), row.integer(1)};
        return ok();
      }));
  return next;
}

Result<> put_entry(Database& database, const std::string& task_arn, const model::Entry& entry) {
  BERTH_TRY(const Numbered next, next_number(database, task_arn, entry.at));
  std::optional<std::int64_t> took;
  if (entry.took) took = entry.took->count();
  BERTH_CHECK(
      database.run("INSERT INTO timeline(task, number, at, kind, container, text, took_ms)"
                   " VALUES(?, ?, ?, ?, ?, ?, ?)",
                   {next.task, next.number, entry.at.time_since_epoch().count(),
                    name_of(entry.kind), entry.container, entry.text, took}));
  if (next.number <= kFirstEntries + kLastEntries) return ok();
  return database.run("DELETE FROM timeline WHERE task = ? AND number = ?",
                      {next.task, next.number - kLastEntries});
}

Result<model::Entry> entry_of(const Row& row) {
  const std::optional<model::EntryKind> kind = model::entry_kind(row.text(1));
  if (!kind) return Error{Errc::Broken, 0, "timeline entry of kind \"" + row.text(1) + "\""};
  model::Entry entry{WallTime(std::chrono::milliseconds(row.integer(0))), *kind, row.text(2),
                     row.text(3), std::nullopt};
  if (const auto took = row.maybe_integer(4)) entry.took = std::chrono::milliseconds(*took);
  return entry;
}

}  // namespace

Result<> put_entries(Database& database, const std::vector<TaskEntry>& entries) {
  BERTH_TRY(Transaction transaction, database.begin(Durability::Lazy));
  for (const auto& [task_arn, entry] : entries) {
    BERTH_CHECK(put_entry(database, task_arn, entry));
  }
  return transaction.commit();
}

Result<model::Timeline> get_timeline(Database& database, const std::string& task_arn) {
  model::Timeline timeline;
  timeline.task_arn = task_arn;
  std::int64_t noted = 0;
  BERTH_CHECK(database.query("SELECT noted FROM timelines WHERE task_arn = ?", {task_arn},
                             [&noted](const Row& row) -> Result<> {
                               noted = row.integer(0);
                               return ok();
                             }));
  BERTH_CHECK(
      database.query("SELECT at, kind, container, text, took_ms FROM timeline"
                     " WHERE task = (SELECT id FROM timelines WHERE task_arn = ?) ORDER BY number",
                     {task_arn}, [&timeline](const Row& row) -> Result<> {
                       BERTH_TRY(model::Entry entry, entry_of(row));
                       timeline.entries.push_back(std::move(entry));
                       return ok();
                     }));
  timeline.left_out = noted - static_cast<std::int64_t>(timeline.entries.size());
  if (timeline.left_out > 0) timeline.gap_at = kFirstEntries;
  return timeline;
}

Result<std::vector<std::string>> timeline_tasks(Database& database) {
  std::vector<std::string> arns;
  BERTH_CHECK(database.query("SELECT task_arn FROM timelines ORDER BY last_at DESC, id DESC", {},
                             [&arns](const Row& row) -> Result<> {
                               arns.push_back(row.text(0));
                               return ok();
                             }));
  return arns;
}

Result<> prune_timelines(Database& database) {
  using std::chrono::milliseconds;
  const std::int64_t age = std::chrono::duration_cast<milliseconds>(kPastTaskAge).count();
  std::int64_t newest = 0;
  std::int64_t kept = 0;
  std::vector<std::int64_t> dropped;
  BERTH_CHECK(database.query(
      "SELECT id, last_at, EXISTS (SELECT 1 FROM tasks WHERE arn = task_arn) FROM timelines"
      " ORDER BY last_at DESC, id DESC",
      {}, [&](const Row& row) -> Result<> {
        newest = std::max(newest, row.integer(1));
        if (row.integer(2) != 0) return ok();
        const bool is_old = row.integer(1) < newest - age;
        if (is_old || ++kept > kMostPastTasks) dropped.push_back(row.integer(0));
        return ok();
      }));
  for (const std::int64_t task : dropped) {
    BERTH_CHECK(database.run("DELETE FROM timeline WHERE task = ?", {task}));
    BERTH_CHECK(database.run("DELETE FROM timelines WHERE id = ?", {task}));
  }
  return ok();
}

}  // namespace berth::records
