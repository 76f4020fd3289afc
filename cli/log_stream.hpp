// log_stream.hpp - the logs of a task: several spools as one stream of lines.
#pragma once

#include <deque>
#include <iosfwd>
#include <string>

#include "agent/local/admin.hpp"
#include "base/async.hpp"
#include "base/result.hpp"
#include "cli/arguments.hpp"
#include "cli/berthd.hpp"
#include "cli/log_source.hpp"

namespace berth::cli {

/// Prints lines in the order of their time: standard output of the containers to `out`, standard
/// error and remarks about missing output to `err`.
class LogStream {
 public:
  LogStream(std::ostream& out, std::ostream& err, bool timestamps)
      : out_(out), err_(err), timestamps_(timestamps) {}

  /// fails:  NotFound (the task has no such container; the message lists what it has).
  Result<> add(const local::LogsView& logs, const std::string& container);
  /// Only the last lines of each container. Call it after add() and, if at all, start_following().
  Result<> skip_to_tail(std::size_t lines);
  Result<> print_all();

  void start_following();
  /// Prints until the containers have stopped, their writers are gone and all is printed. While
  /// berthd is away it goes on: the spools do not need it.
  Result<> follow(const Berthd& berthd);

 private:
  Result<> print_available();
  bool may_more_come(const Berthd& berthd);
  void wait_for_news();
  void print(const LogSource& source, const ShownLine& line);

  std::ostream& out_;
  std::ostream& err_;
  bool timestamps_;
  std::string task_arn_;
  std::deque<LogSource> sources_;
  Deadline ask_again_ = Deadline::after({});  ///< berthd; not for each line that was written
  std::size_t prefix_width_ = 0;              ///< 0: one container, no prefix
};

/// "2026-01-02T03:04:05.123456789Z".
std::string timestamp_text(std::int64_t time_ns);

}  // namespace berth::cli
