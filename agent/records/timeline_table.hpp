// timeline_table.hpp - the statements on the tables of timelines.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/records/timeline.hpp"
#include "store/database.hpp"

namespace berth::records {

/// Whose line, and the line.
using TaskEntry = std::pair<std::string, model::Entry>;

/// Adds the lines in one transaction that waits for no disk, and drops those past the bound.
Result<> put_entries(store::Database& database, const std::vector<TaskEntry>& entries);

/// As Timeline::read.
Result<model::Timeline> get_timeline(store::Database& database, const std::string& task_arn);

/// As Timeline::tasks.
Result<std::vector<std::string>> timeline_tasks(store::Database& database);

/// Drops the timelines of tasks without a record that are too old or too many; in the caller's
/// transaction.
Result<> prune_timelines(store::Database& database);

}  // namespace berth::records
