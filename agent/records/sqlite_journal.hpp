// sqlite_journal.hpp - the daemon's memory in one SQLite file.
#pragma once

#include <memory>
#include <string>

#include "agent/records/journal.hpp"
#include "base/offload.hpp"
#include "store/database.hpp"

namespace berth::records {

/// `<ECS_DATADIR>/berth.db`: tasks, reports, node. All statements run on one thread of its own, in
/// the order they were asked for. Owned by the daemon; called on the loop thread.
class SqliteJournal final : public Journal, public ReportQueue, public NodeBook {
 public:
  /// Opens or makes the file (blocking; at start).
  ///
  /// fails:  Denied, NotFound (no such directory), Invalid (written by a newer program), Broken.
  static Result<std::unique_ptr<SqliteJournal>> open(const std::string& path,
                                                     std::size_t most_reports = kMostReports);

  void note(const model::Record& record) override;
  Async<std::optional<QueuedReport>> commit(model::Record record,
                                            std::optional<Report> report) override;
  Async<> forget(std::string task_arn) override;
  Async<std::vector<model::Record>> load() override;

  Async<std::vector<QueuedReport>> waiting() override;
  Async<> accepted(std::int64_t sequence) override;

  Async<NodeIdentity> identity() override;
  Async<> keep_identity(NodeIdentity identity) override;
  Async<std::int64_t> manifest_timeline(std::string instance_arn) override;
  Async<> keep_manifest_timeline(std::string instance_arn, std::int64_t timeline) override;
  Async<model::ClusterNetwork> network() override;
  Async<> keep_network(model::ClusterNetwork network) override;
  Async<> keep_pulse(WallTime at) override;
  Async<> note_host_change(HostChange change) override;
  Async<std::vector<HostChange>> host_changes() override;

 private:
  SqliteJournal(store::Database database, std::size_t most_reports)
      : database_(std::make_unique<store::Database>(std::move(database))),
        most_reports_(most_reports),
        thread_(1) {}

  // They share the file and the thread.
  friend class SqliteAddresses;
  friend class SqliteAttachments;
  friend class SqliteTimeline;

  /// Runs `work(database)` on the store's thread.
  template <class Work>
  auto on_thread(Work work) {
    return thread_.run(
        [database = database_.get(), work = std::move(work)]() mutable { return work(*database); });
  }

  /// The same without waiting for it.
  template <class Work>
  void post(Work work) {
    thread_.post([database = database_.get(), work = std::move(work)] { work(*database); });
  }

  std::unique_ptr<store::Database> database_;
  const std::size_t most_reports_;
  Offload thread_;  ///< last: its destructor waits for what uses the database
};

}  // namespace berth::records
