// findings.hpp - what is found while a task is read: everything wrong, and what is passed over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::inbox {

inline constexpr std::string_view kUnsupported = "not supported by this agent version";

/// One thing that keeps a task from running here.
struct Refused {
  std::string field;   ///< `containerDefinitions[0].secrets[0].name`; "" where it is of several
  std::string reason;  ///< names field, value and rule
  bool operator==(const Refused&) const = default;
};

/// Fields are named as the author of the task definition knows them:
/// `containerDefinitions[0].secrets[0].name`.
class Findings {
 public:
  /// The task cannot be run here: `field "value": why`. The first one is the reason.
  void refuse(std::string_view field, std::string_view value, std::string_view why);
  /// The same without a value to show.
  void refuse(std::string_view field, std::string_view why);
  /// The task cannot be run here, in words that somebody else chose.
  void refuse_as(std::string reason, std::string field = "");
  /// The task runs, but nothing is done about this field. Said once.
  void pass_over(std::string field);

  bool has_refused() const { return !refused_.empty(); }
  /// In the order they were found; of a task that is all wrong not every one.
  const std::vector<Refused>& refused() const { return refused_; }
  const std::vector<std::string>& passed_over() const { return passed_over_; }

 private:
  std::vector<Refused> refused_;
  std::vector<std::string> passed_over_;
};

/// `"value"`, cut where it is long and escaped where it is not text.
std::string quoted(std::string_view value);

}  // namespace berth::inbox
