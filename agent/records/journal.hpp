// journal.hpp - the seam to what must survive a crash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/record.hpp"
#include "base/async.hpp"

namespace berth::records {

/// Which call of the ECS API a report is the body of.
enum class ReportCall : std::uint8_t {
  Task,         ///< SubmitTaskStateChange
  Attachments,  ///< SubmitAttachmentStateChanges, of an interface of the instance
};

/// One message to the control plane, as it will go out, byte for byte.
struct Report {
  std::string task_arn;  ///< whose it is; the attachment's ARN when it is the instance's
  std::string body;      ///< JSON
  bool final = false;    ///< it tells STOPPED: the last one of its task
  ReportCall call = ReportCall::Task;
  std::optional<WallTime> expires_at{};  ///< from then on nobody wants to hear it
  bool operator==(const Report&) const = default;
};

/// How many reports wait at most while the control plane is away. Past it those that a task's final
/// report stands for (it tells everything once more) are forgotten, oldest first; a final one
/// never.
inline constexpr std::size_t kMostReports = 4096;

/// A report waiting to be accepted; `sequence` grows in the order of telling.
struct QueuedReport {
  std::int64_t sequence = 0;
  Report report;
  bool operator==(const QueuedReport&) const = default;
};

/// Task records and the reports made of them. One instance for the daemon; loop thread.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Writes the record without waiting for the disk: after a crash the node itself tells what
  /// happened since. Order of calls is kept. A failure is logged.
  virtual void note(const model::Record& record) = 0;

  /// Writes the record, and the report if there is one, in one synced transaction.
  ///
  /// fails:  Exhausted (disk full), Broken. Nothing of it is written then.
  virtual Async<std::optional<QueuedReport>> commit(model::Record record,
                                                    std::optional<Report> report) = 0;

  /// Removes a task's record and its reports, after the task was cleaned up. again: yes.
  virtual Async<> forget(std::string task_arn) = 0;

  /// All records, as they were left.
  virtual Async<std::vector<model::Record>> load() = 0;
};

/// What this node is to its control plane.
struct NodeIdentity {
  std::string cluster;       ///< as configured when it registered
  std::string instance_arn;  ///< given by the control plane; "" before the first registration
  bool operator==(const NodeIdentity&) const = default;
};

/// A change to the host that is not a task's: a sysctl, the firewall table.
struct HostChange {
  std::string kind;  ///< "sysctl", "nft-table", "nft-accept", ...
  std::string name;
  std::string old_value;  ///< what to put back; "" for things that are simply removed
  bool operator==(const HostChange&) const = default;
};

/// What the node itself remembers between starts. One instance for the daemon; loop thread.
class NodeBook {
 public:
  virtual ~NodeBook() = default;

  virtual Async<NodeIdentity> identity() = 0;
  virtual Async<> keep_identity(NodeIdentity identity) = 0;  ///< synced

  /// The timeline of the last task manifest that was taken as this instance; -1 when none was.
  virtual Async<std::int64_t> manifest_timeline(std::string instance_arn) = 0;
  /// Not synced: an old manifest taken twice after a power cut still has to ask before it stops
  /// anything.
  virtual Async<> keep_manifest_timeline(std::string instance_arn, std::int64_t timeline) = 0;

  /// What the control plane told of the network last; empty when it never did.
  virtual Async<model::ClusterNetwork> network() = 0;
  virtual Async<> keep_network(model::ClusterNetwork network) = 0;  ///< synced

  /// Writes the time, not synced: that the store can is all anybody wants to know.
  virtual Async<> keep_pulse(WallTime at) = 0;

  /// Written, synced, before the change is made; a change already noted keeps its first old value.
  virtual Async<> note_host_change(HostChange change) = 0;
  virtual Async<std::vector<HostChange>> host_changes() = 0;
};

/// The reports that the control plane has not taken yet.
class ReportQueue {
 public:
  virtual ~ReportQueue() = default;

  /// All waiting ones in order of telling.
  virtual Async<std::vector<QueuedReport>> waiting() = 0;
  /// Forgets one that was taken, or that never will be.
  virtual Async<> accepted(std::int64_t sequence) = 0;
};

}  // namespace berth::records
