// report_table.cpp - the statements on the table of reports.
#include "agent/records/report_table.hpp"

namespace berth::records {

using store::Database;
using store::Row;

Result<QueuedReport> put_report(Database& database, Report report) {
  std::optional<std::int64_t> expires_at;
  if (report.expires_at) expires_at = report.expires_at->time_since_epoch().count();
  BERTH_CHECK(database.run(
      "INSERT INTO reports(task_arn, body, final, call, expires_at)"
      " VALUES(?, ?, ?, ?, ?)",
      {report.task_arn, report.body, report.final, static_cast<int>(report.call), expires_at}));
  return QueuedReport{database.last_insert_rowid(), std::move(report)};
}

Result<std::vector<QueuedReport>> get_reports(Database& database) {
  std::vector<QueuedReport> reports;
  BERTH_CHECK(database.query(
      "SELECT sequence, task_arn, body, final, call, expires_at FROM reports ORDER BY sequence", {},
      [&reports](const Row& row) -> Result<> {
        Report report{row.text(1), row.text(2), row.integer(3) != 0,
                      row.integer(4) == 0 ? ReportCall::Task : ReportCall::Attachments,
                      std::nullopt};
        if (const auto at = row.maybe_integer(5)) {
          report.expires_at = WallTime{std::chrono::milliseconds(*at)};
        }
        reports.push_back({row.integer(0), std::move(report)});
        return ok();
      }));
  return reports;
}

Result<> forget_superseded(Database& database, std::size_t most) {
  return database.run(
      "DELETE FROM reports WHERE sequence IN (SELECT old.sequence FROM reports old"
      " WHERE old.final = 0 AND EXISTS (SELECT 1 FROM reports last"
      " WHERE last.task_arn = old.task_arn AND last.final = 1) ORDER BY old.sequence"
      " LIMIT max(0, (SELECT count(*) FROM reports) - ?))",
      {static_cast<std::int64_t>(most)});
}

}  // namespace berth::records
