// reconcile.hpp - files and the tasks started for them, to what is to be done now; pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/model/record.hpp"

namespace berth::standing {

/// One file of the directory, as it was last read.
struct File {
  /// What it asks for, but for the ids that each start gives anew; absent when it cannot be run.
  std::optional<model::Task> task;
  std::string complaint;  ///< why it cannot be run: field, value and what is allowed
  bool operator==(const File&) const = default;
};

/// The latest task that was started for a file.
struct Run {
  model::Task task;
  bool stopping = false;  ///< it is on its way to stopped_at
  WallTime accepted_at{};
  std::optional<WallTime> running_since;  ///< all its containers had been started
  std::optional<WallTime> stopped_at;
  bool operator==(const Run&) const = default;
};

using Files = std::map<std::string, File>;  ///< by name
using Runs = std::map<std::string, Run>;    ///< by name of their file

Run run_of(const model::Record& record);

/// Keeps the latest run of each file: one that goes on before one that has ended, else the one
/// accepted later.
void note_run(Runs& runs, Run run);

/// A task to be started for its file; `failures` is set, ids are not.
struct Start {
  model::Task task;
  bool operator==(const Start&) const = default;
};
struct Stop {
  std::string task_arn;
  std::string why;
  bool operator==(const Stop&) const = default;
};

struct Decision {
  std::vector<Start> starts;
  std::vector<Stop> stops;
  std::map<std::string, WallTime> waiting;  ///< by file: when its next task starts
  bool operator==(const Decision&) const = default;
};

/// 10 s after the first failure, doubled with each to 5 min; none after none.
/// source: kubelet, the restart back-off of containers.
std::chrono::milliseconds wait_after(int failures);

/// Complains about each file whose family is that of another one. The family stays with the file
/// that a task of it was started for, else with the first by name.
void refuse_shared_families(Files& files, const Runs& runs);

/// One task for each file, of the file's version: an old version is stopped first, a task that
/// ended is started again after a wait, a file that is gone ends its task. A file that cannot be
/// run keeps the version that is there.
Decision reconcile(const Files& files, const Runs& runs, WallTime now);

}  // namespace berth::standing
