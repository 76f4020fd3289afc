// spawner.hpp - running a helper program, with bounded time and output.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/async.hpp"

namespace berth {

/// What to run. Nothing is inherited but what stands here: environment as given, standard input
/// from `input`, no other descriptor.
struct Command {
  std::vector<std::string> argv;         ///< argv[0] is an absolute path
  std::vector<std::string> environment;  ///< "KEY=value"
  std::string input;                     ///< written to its standard input, then closed
};

/// How it ended.
struct Exited {
  int code = 0;            ///< exit status; 128 + signal when killed
  std::string error_tail;  ///< the last 4 KiB of its standard error
};

/// Runs helper programs. Cancelled or past its deadline, the program's whole process group is
/// killed and waited for; it also dies with us (PR_SET_PDEATHSIG).
class Spawner {
 public:
  virtual ~Spawner() = default;

  /// Calls `on_line` on the loop thread for each line of standard output (without the newline; a
  /// line past 64 KiB is cut there).
  ///
  /// fails:  NotFound (no such program), Denied, TimedOut, Cancelled.
  virtual Async<Exited> run(Command command, std::function<void(std::string)> on_line,
                            Deadline by) = 0;
};

/// What a program printed, and how it ended.
struct Said {
  Exited exited;
  std::vector<std::string> lines;
};

/// Runs a program that prints little.
///
/// most:   lines that are kept; what comes after them is dropped.
/// fails:  as Spawner::run.
Async<Said> hear_out(Spawner& spawner, Command command, std::size_t most, Deadline by);

/// True for a file that may be run.
bool is_program(const std::string& path);

/// The absolute path of a program that may be run.
///
/// name:         of the program, or its absolute path.
/// search_path:  directories separated by ':'; what is relative is passed over.
std::optional<std::string> find_program(const std::string& name, const std::string& search_path);

/// posix_spawn and pidfds.
class SystemSpawner final : public Spawner {
 public:
  Async<Exited> run(Command command, std::function<void(std::string)> on_line,
                    Deadline by) override;
};

}  // namespace berth
