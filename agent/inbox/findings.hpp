// findings.hpp - what is found while a task is read: the first thing wrong, and what is passed
// over.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::inbox {

inline constexpr std::string_view kUnsupported = "not supported by this agent version";

/// Fields are named as the author of the task definition knows them:
/// `containerDefinitions[0].secrets[0].name`.
class Findings {
 public:
  /// The task cannot be run here: `field "value": why`. The first one wins.
  void refuse(std::string_view field, std::string_view value, std::string_view why);
  /// The same without a value to show.
  void refuse(std::string_view field, std::string_view why);
  /// The task cannot be run here, in words that somebody else chose.
  void refuse_as(std::string reason);
  /// The task runs, but nothing is done about this field. Said once.
  void pass_over(std::string field);

  const std::optional<std::string>& refusal() const { return refusal_; }
  const std::vector<std::string>& passed_over() const { return passed_over_; }

 private:
  std::optional<std::string> refusal_;
  std::vector<std::string> passed_over_;
};

/// `"value"`, cut where it is long and escaped where it is not text.
std::string quoted(std::string_view value);

}  // namespace berth::inbox
