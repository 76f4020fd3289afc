// task_table.hpp - tasks as text for people; pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/local/admin.hpp"

namespace berth::cli {

/// A row for each task, newest first; with `containers` a row for each of its containers below it.
/// Ids are whole, because `aws ecs` takes no shorter ones. Restarts are counted where there were
/// any.
std::string task_table(std::vector<local::TaskView> tasks, bool containers, WallTime now);

/// A line for each file of which there is something to say: why it cannot be run, when its task
/// starts again. "" when there is none.
std::string file_lines(const std::vector<local::FileView>& files, WallTime now);

/// "45s", "12m", "3h", "5d": the largest unit that fits at least once; "0s" for what is yet to
/// come.
std::string age_text(std::chrono::milliseconds age);

}  // namespace berth::cli
