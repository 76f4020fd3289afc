// log_lines.hpp - where berthd's log lines go beside standard error.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "systemd/journal.hpp"

namespace berth::service {

/// The last line that told of a failure.
struct LastError {
  WallTime at;
  std::string text;  ///< "registration failed, trying again: Unavailable: connect: ..."
  bool operator==(const LastError&) const = default;
};

/// Lines to the journal as structured records, and the last error kept for people who ask how the
/// daemon is. Lives in main, longer than whatever logs; any thread.
class LogLines {
 public:
  /// journal:  nullopt: lines stay on standard error.
  LogLines(const Clock& clock, std::optional<systemd::Journal> journal);
  ~LogLines();
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  /// Of a warning or worse with the key "error"; nullopt while there was none.
  std::optional<LastError> last_error() const;

 private:
  bool take(log::Level level, std::string_view sentence, log::Fields fields);

  const Clock& clock_;
  const std::optional<systemd::Journal> journal_;
  mutable std::mutex mutex_;
  std::optional<LastError> last_error_;
};

/// A line's fields as the journal names them: MESSAGE is the whole line, and each key is a field:
/// "task" TASK_ID, and TASK_ARN where that is known, "message_id" ECS_MESSAGE_ID (MESSAGE_ID is the
/// journal's own), any other in capitals: CONTAINER, STEP, TOOK_MS.
std::string journal_record(log::Level level, std::string_view sentence, log::Fields fields);

}  // namespace berth::service
