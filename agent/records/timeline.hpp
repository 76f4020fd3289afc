// timeline.hpp - the seam to what is remembered of each task's life, also after it is over.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/timeline.hpp"
#include "base/async.hpp"

namespace berth::records {

// What is kept of a task: its beginning, and what happened last.
inline constexpr std::int64_t kFirstEntries = 100;
inline constexpr std::int64_t kLastEntries = 300;
inline constexpr std::size_t kMostEntryText = 300;  // bytes
// What is kept of tasks that were forgotten, seen from the newest entry of all.
inline constexpr std::int64_t kMostPastTasks = 200;
inline constexpr std::chrono::hours kPastTaskAge{7 * 24};

/// The flight recorder. One instance for the daemon; loop thread.
class Timeline {
 public:
  virtual ~Timeline() = default;

  /// Adds a line without waiting for anything; a longer text is cut. It is on the disk a moment
  /// later, unsynced: a crash may lose the last ones. A failure is logged.
  virtual void note(std::string task_arn, model::Entry entry) = 0;

  /// All that is kept of the task; no entries when nothing is known of it.
  virtual Async<model::Timeline> read(std::string task_arn) = 0;

  /// The ARNs of all tasks of which something is kept, the newest first.
  virtual Async<std::vector<std::string>> tasks() = 0;
};

/// The text in at most kMostEntryText bytes: no character is cut in two, "..." says that it goes
/// on.
std::string short_text(std::string text);

}  // namespace berth::records
