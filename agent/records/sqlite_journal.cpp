// sqlite_journal.cpp - the tables and the statements on them.
#include "agent/records/sqlite_journal.hpp"

#include <array>

#include "agent/records/codec.hpp"
#include "agent/records/report_table.hpp"
#include "agent/records/timeline_table.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"

namespace berth::records {

using store::Database;
using store::Durability;
using store::Row;
using store::Transaction;

namespace {

// docs/formats/journal.md describes the tables. Steps are only ever added.
constexpr std::array<std::string_view, 7> kSchema{
    "CREATE TABLE tasks(arn TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE reports(sequence INTEGER PRIMARY KEY AUTOINCREMENT, task_arn TEXT NOT NULL,"
    " body TEXT NOT NULL, final INTEGER NOT NULL);"
    "CREATE INDEX reports_of_task ON reports(task_arn);"
    "CREATE TABLE identity(one INTEGER PRIMARY KEY CHECK (one = 1), cluster TEXT NOT NULL,"
    " instance_arn TEXT NOT NULL);"
    "CREATE TABLE host_changes(kind TEXT NOT NULL, name TEXT NOT NULL, old_value TEXT NOT NULL,"
    " PRIMARY KEY(kind, name)) WITHOUT ROWID;"
    "CREATE TABLE enis(attachment_arn TEXT PRIMARY KEY, task_arn TEXT NOT NULL, mac TEXT NOT NULL,"
    " expires_at INTEGER NOT NULL) WITHOUT ROWID;",
    "CREATE TABLE manifest(one INTEGER PRIMARY KEY CHECK (one = 1), instance_arn TEXT NOT NULL,"
    " timeline INTEGER NOT NULL);",
    "CREATE TABLE timelines(id INTEGER PRIMARY KEY, task_arn TEXT NOT NULL UNIQUE,"
    " noted INTEGER NOT NULL, last_at INTEGER NOT NULL);"
    "CREATE TABLE timeline(task INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,"
    " kind TEXT NOT NULL, container TEXT NOT NULL, text TEXT NOT NULL, took_ms INTEGER,"
    " PRIMARY KEY(task, number)) WITHOUT ROWID;",
    "CREATE TABLE network(one INTEGER PRIMARY KEY CHECK (one = 1), told TEXT NOT NULL);",
    "CREATE TABLE attachments(mac TEXT PRIMARY KEY, arn TEXT NOT NULL, task_arn TEXT NOT NULL,"
    " device TEXT NOT NULL, announced_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
    " report INTEGER) WITHOUT ROWID;"
    "INSERT OR IGNORE INTO attachments"
    " SELECT lower(mac), attachment_arn, task_arn, '', expires_at, expires_at, 0 FROM enis;"
    "DROP TABLE enis;"
    "ALTER TABLE reports ADD COLUMN call INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE reports ADD COLUMN expires_at INTEGER;",
    "CREATE TABLE rests(address TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;",
    "CREATE TABLE pulse(one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL);"};

Result<> put_record(Database& database, const std::string& arn, const std::string& text) {
  return database.run(
      "INSERT INTO tasks(arn, record) VALUES(?, ?)"
      " ON CONFLICT(arn) DO UPDATE SET record = excluded.record",
      {arn, text});
}

Result<std::optional<QueuedReport>> commit_now(Database& database, const std::string& arn,
                                               const std::string& text,
                                               std::optional<Report> report, std::size_t most) {
  BERTH_TRY(Transaction transaction, database.begin(Durability::Synced));
  BERTH_CHECK(put_record(database, arn, text));
  std::optional<QueuedReport> queued;
  if (report) {
    const bool final = report->final;
    BERTH_TRY(queued, put_report(database, std::move(*report)));
    if (final) BERTH_CHECK(forget_superseded(database, most));
  }
  BERTH_CHECK(transaction.commit());
  BERTH_CRASH_POINT("journal.committed");
  return queued;
}

}  // namespace

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::string& path,
                                                           std::size_t most_reports) {
  BERTH_TRY(Database database, Database::open(path));
  BERTH_CHECK(database.migrate(kSchema));
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::move(database), most_reports));
}

void SqliteJournal::note(const model::Record& record) {
  thread_.post([database = database_.get(), arn = record.task.arn, text = encode(record)] {
    if (Result<> put = put_record(*database, arn, text); !put) {
      log::error("record could not be noted", {{"task", arn}, {"error", put.error().text()}});
    }
    BERTH_CRASH_POINT("journal.noted");
  });
}

Async<std::optional<QueuedReport>> SqliteJournal::commit(model::Record record,
                                                         std::optional<Report> report) {
  auto work = [arn = record.task.arn, text = encode(record), report = std::move(report),
               most = most_reports_](Database& database) mutable {
    return commit_now(database, arn, text, std::move(report), most);
  };
  Result<std::optional<QueuedReport>> queued = co_await on_thread(std::move(work));
  if (!queued) co_return std::move(queued).error().while_doing("write record " + record.task.arn);
  co_return queued;
}

Async<> SqliteJournal::forget(std::string task_arn) {
  auto work = [arn = std::move(task_arn)](Database& database) -> Result<> {
    BERTH_TRY(Transaction transaction, database.begin(Durability::Lazy));
    BERTH_CHECK(database.run("DELETE FROM tasks WHERE arn = ?", {arn}));
    BERTH_CHECK(database.run("DELETE FROM reports WHERE task_arn = ?", {arn}));
    BERTH_CHECK(database.run("DELETE FROM attachments WHERE task_arn = ?", {arn}));
    BERTH_CHECK(prune_timelines(database));
    BERTH_CHECK(transaction.commit());
    BERTH_CRASH_POINT("journal.forgotten");
    return ok();
  };
  Result<> forgotten = co_await on_thread(std::move(work));
  co_return forgotten;
}

Async<std::vector<model::Record>> SqliteJournal::load() {
  auto work = [](Database& database) -> Result<std::vector<model::Record>> {
    std::vector<model::Record> records;
    BERTH_CHECK(
        database.query("SELECT record FROM tasks", {}, [&records](const Row& row) -> Result<> {
          BERTH_TRY(model::Record record, decode(row.text(0)));
          records.push_back(std::move(record));
          return ok();
        }));
    return records;
  };
  Result<std::vector<model::Record>> records = co_await on_thread(std::move(work));
  co_return records;
}

Async<std::vector<QueuedReport>> SqliteJournal::waiting() {
  auto work = [](Database& database) { return get_reports(database); };
  Result<std::vector<QueuedReport>> reports = co_await on_thread(std::move(work));
  co_return reports;
}

Async<> SqliteJournal::accepted(std::int64_t sequence) {
  auto work = [sequence](Database& database) {
    return database.run("DELETE FROM reports WHERE sequence = ?", {sequence});
  };
  Result<> gone = co_await on_thread(std::move(work));
  co_return gone;
}

Async<NodeIdentity> SqliteJournal::identity() {
  auto work = [](Database& database) -> Result<NodeIdentity> {
    NodeIdentity identity;
    BERTH_CHECK(database.query("SELECT cluster, instance_arn FROM identity", {},
                               [&identity](const Row& row) -> Result<> {
                                 identity = {row.text(0), row.text(1)};
                                 return ok();
                               }));
    return identity;
  };
  Result<NodeIdentity> identity = co_await on_thread(std::move(work));
  co_return identity;
}

Async<> SqliteJournal::keep_identity(NodeIdentity identity) {
  auto work = [identity = std::move(identity)](Database& database) -> Result<> {
    BERTH_TRY(Transaction transaction, database.begin(Durability::Synced));
    BERTH_CHECK(
        database.run("INSERT INTO identity(one, cluster, instance_arn) VALUES(1, ?, ?)"
                     " ON CONFLICT(one) DO UPDATE SET cluster = excluded.cluster,"
                     " instance_arn = excluded.instance_arn",
                     {identity.cluster, identity.instance_arn}));
    BERTH_CHECK(transaction.commit());
    BERTH_CRASH_POINT("journal.identity-kept");
    return ok();
  };
  Result<> kept = co_await on_thread(std::move(work));
  co_return kept;
}

Async<std::int64_t> SqliteJournal::manifest_timeline(std::string instance_arn) {
  auto work = [arn = std::move(instance_arn)](Database& database) -> Result<std::int64_t> {
    std::int64_t timeline = -1;
    BERTH_CHECK(database.query("SELECT timeline FROM manifest WHERE instance_arn = ?", {arn},
                               [&timeline](const Row& row) -> Result<> {
                                 timeline = row.integer(0);
                                 return ok();
                               }));
    return timeline;
  };
  Result<std::int64_t> timeline = co_await on_thread(std::move(work));
  co_return timeline;
}

Async<> SqliteJournal::keep_manifest_timeline(std::string instance_arn, std::int64_t timeline) {
  auto work = [arn = std::move(instance_arn), timeline](Database& database) {
    return database.run(
        "INSERT INTO manifest(one, instance_arn, timeline) VALUES(1, ?, ?)"
        " ON CONFLICT(one) DO UPDATE SET instance_arn = excluded.instance_arn,"
        " timeline = excluded.timeline",
        {arn, timeline});
  };
  Result<> kept = co_await on_thread(std::move(work));
  co_return kept;
}

Async<model::ClusterNetwork> SqliteJournal::network() {
  auto work = [](Database& database) -> Result<model::ClusterNetwork> {
    model::ClusterNetwork network;
    BERTH_CHECK(database.query("SELECT told FROM network", {}, [&](const Row& row) -> Result<> {
      BERTH_TRY(network, decode_network(row.text(0)));
      return ok();
    }));
    return network;
  };
  Result<model::ClusterNetwork> network = co_await on_thread(std::move(work));
  co_return network;
}

Async<> SqliteJournal::keep_network(model::ClusterNetwork network) {
  auto work = [told = encode(network)](Database& database) -> Result<> {
    BERTH_TRY(Transaction transaction, database.begin(Durability::Synced));
    BERTH_CHECK(
        database.run("INSERT INTO network(one, told) VALUES(1, ?)"
                     " ON CONFLICT(one) DO UPDATE SET told = excluded.told",
                     {told}));
    BERTH_CHECK(transaction.commit());
    BERTH_CRASH_POINT("journal.network-kept");
    return ok();
  };
  Result<> kept = co_await on_thread(std::move(work));
  co_return kept;
}

Async<> SqliteJournal::keep_pulse(WallTime at) {
  auto work = [ms = at.time_since_epoch().count()](Database& database) {
    return database.run(
        "INSERT INTO pulse(one, at) VALUES(1, ?)"
        " ON CONFLICT(one) DO UPDATE SET at = excluded.at",
        {ms});
  };
  Result<> kept = co_await on_thread(std::move(work));
  co_return kept;
}

Async<> SqliteJournal::note_host_change(HostChange change) {
  auto work = [change = std::move(change)](Database& database) -> Result<> {
    BERTH_TRY(Transaction transaction, database.begin(Durability::Synced));
    BERTH_CHECK(
        database.run("INSERT INTO host_changes(kind, name, old_value) VALUES(?, ?, ?)"
                     " ON CONFLICT(kind, name) DO NOTHING",
                     {change.kind, change.name, change.old_value}));
    BERTH_CHECK(transaction.commit());
    BERTH_CRASH_POINT("journal.host-change-noted");
    return ok();
  };
  Result<> noted = co_await on_thread(std::move(work));
  co_return noted;
}

Async<std::vector<HostChange>> SqliteJournal::host_changes() {
  auto work = [](Database& database) -> Result<std::vector<HostChange>> {
    std::vector<HostChange> changes;
    BERTH_CHECK(database.query("SELECT kind, name, old_value FROM host_changes", {},
                               [&changes](const Row& row) -> Result<> {
                                 changes.push_back({row.text(0), row.text(1), row.text(2)});
                                 return ok();
                               }));
    return changes;
  };
  Result<std::vector<HostChange>> changes = co_await on_thread(std::move(work));
  co_return changes;
}

}  // namespace berth::records
