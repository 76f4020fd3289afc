// attachment_table.cpp - the state of an attachment is read off its report: none, waiting, or gone.
#include "agent/records/attachment_table.hpp"

#include "agent/records/report_table.hpp"
#include "base/crash_point.hpp"

namespace berth::records {

using store::Database;
using store::Durability;
using store::Row;
using store::Transaction;

namespace {

constexpr std::int64_t kNothingToTell = 0;  // sequences begin at 1

std::int64_t milliseconds(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime time_in(const Row& row, int column) {
  return WallTime{std::chrono::milliseconds(row.integer(column))};
}

/// The row's report, queued if there is one; the row is no longer awaited then.
Result<std::optional<QueuedReport>> settle(Database& database, const std::string& mac,
                                           std::optional<Report> there) {
  std::optional<QueuedReport> queued;
  if (there) {
    BERTH_TRY(queued, put_report(database, std::move(*there)));
  }
  BERTH_CHECK(database.run("UPDATE attachments SET report = ? WHERE mac = ?",
                           {queued ? queued->sequence : kNothingToTell, mac}));
  return queued;
}

/// Those that were told, whose task did not come in time or is the instance itself.
Result<> forget_stale(Database& database, WallTime now) {
  return database.run(
      "DELETE FROM attachments WHERE expires_at < ? AND report IS NOT NULL"
      " AND report NOT IN (SELECT sequence FROM reports)"
      " AND task_arn NOT IN (SELECT arn FROM tasks)",
      {milliseconds(now - kAttachmentGrace)});
}

}  // namespace

Result<std::optional<QueuedReport>> put_attachment(Database& database, const Attachment& attachment,
                                                   std::optional<Report> there) {
  BERTH_TRY(Transaction transaction, database.begin(Durability::Synced));
  BERTH_CHECK(forget_stale(database, attachment.announced_at));
  BERTH_CHECK(
      database.run("DELETE FROM reports WHERE sequence = (SELECT report FROM attachments"
                   " WHERE mac = ? AND (arn <> ? OR task_arn <> ?))",
                   {attachment.mac, attachment.arn, attachment.task_arn}));
  BERTH_CHECK(
      database.run("INSERT INTO attachments(mac, arn, task_arn, device, announced_at, expires_at)"
                   " VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(mac) DO UPDATE SET arn = excluded.arn,"
                   " task_arn = excluded.task_arn, device = excluded.device, report = NULL,"
                   " announced_at = excluded.announced_at, expires_at = excluded.expires_at"
                   " WHERE arn <> excluded.arn OR task_arn <> excluded.task_arn",
                   {attachment.mac, attachment.arn, attachment.task_arn, attachment.device,
                    milliseconds(attachment.announced_at), milliseconds(attachment.expires_at)}));
  std::optional<QueuedReport> queued;
  if (database.changes() > 0 && attachment.device.empty()) {
    BERTH_TRY(queued, settle(database, attachment.mac, std::move(there)));
  }
  BERTH_CHECK(transaction.commit());
  BERTH_CRASH_POINT("journal.announced");
  return queued;
}

Result<std::optional<QueuedReport>> set_appeared(Database& database, const Attachment& attachment,
                                                 std::optional<Report> there) {
  BERTH_TRY(Transaction transaction, database.begin(Durability::Synced));
  bool is_awaited = false;
  BERTH_CHECK(
      database.query("SELECT report FROM attachments WHERE mac = ? AND arn = ?"
                     " AND task_arn = ?",
                     {attachment.mac, attachment.arn, attachment.task_arn},
                     [&is_awaited](const Row& row) -> Result<> {
                       is_awaited = row.is_null(0);
                       return ok();
                     }));
  std::optional<QueuedReport> queued;
  if (is_awaited) {
    BERTH_TRY(queued, settle(database, attachment.mac, std::move(there)));
  }
  BERTH_CHECK(transaction.commit());
  BERTH_CRASH_POINT("journal.appeared");
  return queued;
}

Result<> remove_attachment(Database& database, const std::string& mac) {
  BERTH_TRY(Transaction transaction, database.begin(Durability::Synced));
  BERTH_CHECK(database.run(
      "DELETE FROM reports WHERE sequence = (SELECT report FROM attachments WHERE mac = ?)",
      {mac}));
  BERTH_CHECK(database.run("DELETE FROM attachments WHERE mac = ?", {mac}));
  BERTH_CHECK(transaction.commit());
  BERTH_CRASH_POINT("journal.withdrawn");
  return ok();
}

Result<std::vector<Attachment>> get_attachments(Database& database) {
  std::vector<Attachment> all;
  BERTH_CHECK(
      database.query("SELECT mac, arn, task_arn, device, announced_at, expires_at, report,"
                     " report IN (SELECT sequence FROM reports) FROM attachments",
                     {}, [&all](const Row& row) -> Result<> {
                       Attachment one{row.text(0), row.text(1),     row.text(2),
                                      row.text(3), time_in(row, 4), time_in(row, 5)};
                       one.report = row.integer(6);
                       one.state = row.is_null(6)        ? AttachmentState::Awaited
                                   : row.integer(7) != 0 ? AttachmentState::Telling
                                                         : AttachmentState::Told;
                       all.push_back(std::move(one));
                       return ok();
                     }));
  return all;
}

}  // namespace berth::records
