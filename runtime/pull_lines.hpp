// pull_lines.hpp - what berth-pull says, line by line: docs/formats/pull-progress.md; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/runtime.hpp"

namespace berth::runtime {

/// Collects the lines of one run of berth-pull.
class PullLines {
 public:
  explicit PullLines(OnProgress on_progress) : on_progress_(std::move(on_progress)) {}

  /// Lines of kinds it does not know are passed over.
  void take(std::string_view line);

  /// What came of the pull, once the program has ended.
  ///
  /// exit_code, error_tail: told when it said nothing itself (killed, or could not even start).
  Result<> outcome(int exit_code, const std::string& error_tail) const;

 private:
  OnProgress on_progress_;
  bool is_done_ = false;
  std::optional<Error> failed_;
};

}  // namespace berth::runtime
