// report_table.hpp - reports waiting to be taken, in rows of the journal's file.
#pragma once

#include <vector>

#include "agent/records/journal.hpp"
#include "store/database.hpp"

namespace berth::records {

// On the journal's thread. fails, all of them: as the database.

/// Inside the caller's transaction.
Result<QueuedReport> put_report(store::Database& database, Report report);

/// All of them in order of telling.
Result<std::vector<QueuedReport>> get_reports(store::Database& database);

/// Forgets what final reports stand for, oldest first, down to the bound.
Result<> forget_superseded(store::Database& database, std::size_t most);

}  // namespace berth::records
