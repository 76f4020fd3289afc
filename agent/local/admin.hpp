// admin.hpp - the words of berthd's admin API: what `berth` can ask on its unix socket.
//
//   GET /v1/version            VersionView
//   GET /v1/tasks              {"tasks": [TaskView], "files": [FileView]}
//   GET /v1/tasks/<task>       TaskView
//   GET /v1/tasks/<task>/logs  LogsView
//   GET /v1/audit              AuditView
//   POST /v1/audit             AuditView, after the orphans were removed
//   GET /v1/tasks/<task>/why, /v1/tasks/<task>/timeline: why.hpp
//   POST /v1/plan, /v1/plan/file: plan_view.hpp; the body is a task definition
//   GET /v1/membership: membership.hpp
//
// <task> is a task id, the beginning of one, or a percent-encoded ARN. A refusal is a Refusal with
// status 404 (no such task or path), 405 (method), 409 (several tasks begin so) or 503 (the node
// could not be looked at).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace berth::local {

/// One container of a task, as a person wants to see it.
struct ContainerView {
  std::string name;              ///< as in the task definition
  std::string runtime_id;        ///< the engine's id
  std::string image;             ///< as in the task definition
  std::string status;            ///< ECS's word: "PENDING", "RUNNING", "STOPPED", …
  std::string health;            ///< "HEALTHY", "UNHEALTHY", "UNKNOWN"; "" without a health check
  std::optional<int> exit_code;  ///< once it has exited
  std::string reason;            ///< why it could not go on; "" when nothing failed
  std::string log_directory;     ///< its spool (docs/formats/spool.md); "" when it has none
  int restarts = 0;              ///< how often its restart policy has started it again

  bool is_stopped() const { return status == "STOPPED"; }
  bool operator==(const ContainerView&) const = default;
};

struct TaskView {
  std::string arn;
  std::string family;
  std::string revision;
  std::string status;          ///< ECS's lastStatus
  std::string desired;         ///< ECS's desiredStatus
  std::string health;          ///< "HEALTHY", "UNHEALTHY", "UNKNOWN"
  std::string address;         ///< of its own network interface; "" without one
  WallTime created{};          ///< when the node accepted it
  std::string stopped_reason;  ///< "" until something stops it
  std::vector<ContainerView> containers;

  /// The last part of the ARN; what people type.
  std::string id() const;
  bool operator==(const TaskView&) const = default;
};

/// One task definition of BERTH_TASKS_DIR, or one network of BERTH_NETWORK_DIR.
struct FileView {
  std::string name;
  std::string family;              ///< "" when none of its versions could be run
  std::string task_arn;            ///< the latest task started for it; "" before the first
  int failures = 0;                ///< tasks that ended soon, in a row
  std::optional<WallTime> starts;  ///< when the next task starts, while that is waited for
  std::string complaint;           ///< why the file as it is cannot be run; "" when it can
  /// Addresses of the network's LAN that nobody has, for the next tasks; nullopt: none are asked
  /// for.
  std::optional<int> found_free = {};

  bool operator==(const FileView&) const = default;
};

struct VersionView {
  std::string version;             ///< "0.1.0"
  std::string cluster;             ///< name
  std::string container_instance;  ///< ARN; "" before the first registration
  std::int64_t pid = 0;

  bool operator==(const VersionView&) const = default;
};

/// Where one container's output is.
struct LogView {
  std::string container;
  std::string directory;  ///< spool; "" when there is none
  bool stopped = false;   ///< nothing more is coming once its writer is gone

  bool operator==(const LogView&) const = default;
};

struct LogsView {
  std::string task_arn;
  std::vector<LogView> containers;

  bool operator==(const LogsView&) const = default;
};

/// One difference between the tasks the node knows and what is on it.
struct FindingView {
  std::string kind;    ///< "orphan" or "missing"
  std::string object;  ///< "container", "cgroup", "network namespace", ...
  std::string name;    ///< id, path or device
  std::string task;    ///< id; "" when it is nobody's or all tasks'
  std::string reason;

  bool operator==(const FindingView&) const = default;
};

struct AuditView {
  std::vector<FindingView> findings;  ///< none: all is in order
  std::vector<FindingView> removed;   ///< orphans that a repair has taken away

  bool operator==(const AuditView&) const = default;
};

/// How far the node is with stopping everything.
struct DrainView {
  bool draining = false;      ///< it was asked for since berthd started
  std::int64_t running = 0;   ///< tasks that have not stopped yet
  std::int64_t unsent = 0;    ///< reports the control plane has not taken yet
  std::string control_plane;  ///< why it could not be told to place nothing more; "" when it was

  bool is_done() const { return draining && running == 0 && unsent == 0; }
  bool operator==(const DrainView&) const = default;
};

struct Refusal {
  std::string message;
  std::vector<std::string> candidates;  ///< ids that the asked prefix could mean

  bool operator==(const Refusal&) const = default;
};

/// Bodies. Reading fails: Invalid (names the member).
std::string to_json(const VersionView& version);
std::string to_json(const TaskView& task);
std::string to_json(const std::vector<TaskView>& tasks, const std::vector<FileView>& files = {});
std::string to_json(const LogsView& logs);
std::string to_json(const AuditView& audit);
std::string to_json(const DrainView& drain);
std::string to_json(const Refusal& refusal);
Result<VersionView> read_version(std::string_view body);
Result<TaskView> read_task(std::string_view body);
Result<std::vector<TaskView>> read_tasks(std::string_view body);
Result<std::vector<FileView>> read_files(std::string_view body);  ///< of the same answer
Result<LogsView> read_logs(std::string_view body);
Result<AuditView> read_audit(std::string_view body);
Result<DrainView> read_drain(std::string_view body);
Result<Refusal> read_refusal(std::string_view body);

}  // namespace berth::local
