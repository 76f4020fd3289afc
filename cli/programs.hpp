// programs.hpp - other programs of this host, run to their end.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::cli {

struct Ran {
  int code = 0;        ///< exit status; 128 + signal when killed
  std::string output;  ///< lines, each with its newline
  std::string errors;  ///< the end of its standard error, trimmed
};

/// Environment as systemd gives it to a service: nothing of the shell's, but where the settings are
/// (BERTH_CONFIG_FILE), and `more`.
///
/// argv:   [0] is an absolute path.
/// fails:  NotFound, Denied, TimedOut.
Result<Ran> run_program(std::vector<std::string> argv, const std::vector<std::string>& more,
                        std::chrono::seconds patience);

/// The same, and it must end with 0. fails: also Broken (the message is what it said).
Result<std::string> run_well(std::vector<std::string> argv, std::chrono::seconds patience);

}  // namespace berth::cli
