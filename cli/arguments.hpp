// arguments.hpp - what berth was asked to do; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/join_wishes.hpp"

namespace berth::cli {

enum class Command : std::uint8_t {
  Help,
  Version,
  Ps,
  Logs,
  Why,
  Plan,
  Audit,
  Drain,
  Doctor,
  Join,
  Leave
};

struct Arguments {
  Command command = Command::Help;
  std::string socket;       ///< path of berthd's
  bool json = false;        ///< ps, why, plan, audit, drain: the admin API's own words; doctor
  bool containers = false;  ///< ps: a row for each container
  bool repair = false;      ///< audit: what nobody owns is removed
  std::string file;         ///< plan: path of a task definition; "-" is standard input
  bool local = false;       ///< plan: as a file of tasks.d
  bool all = false;         ///< plan: what is honoured, too
  std::string task;         ///< logs, why: id, beginning of one, or ARN
  std::string container;    ///< logs: one of the task's; "" is all
  bool follow = false;      ///< logs
  bool timestamps = false;  ///< logs
  JoinWishes join{};        ///< join, leave
  std::optional<std::size_t> tail;  ///< logs: this many last lines of each container
};

/// The words behind the program's name. `run_dir` is $BERTH_RUN_DIR, nullptr when it is not set.
///
/// fails:  Invalid (the message names the word).
Result<Arguments> parse_arguments(const std::vector<std::string>& words, const char* run_dir);

/// What --help prints.
std::string_view help_text();

}  // namespace berth::cli
