// finding.hpp - what one check has to say: a verdict, its reason, and the cure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace berth::doctor {

enum class Verdict : std::uint8_t {
  Ok,
  Warning,  ///< berth works, but worse than it could, or not for long
  Error,    ///< berth, or some kind of task, does not work so
  Unknown,  ///< it could not be looked at
};

struct Finding {
  std::string area;  ///< "cgroups"
  std::string what;  ///< "memory controller"
  Verdict verdict = Verdict::Unknown;
  std::string reason;  ///< what was seen, in one line
  std::string cure{};  ///< what to do about it; "" where nothing is to be done or nobody knows

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

inline Finding fine(std::string area, std::string what, std::string reason) {
  return {std::move(area), std::move(what), Verdict::Ok, std::move(reason)};
}
inline Finding warned(std::string area, std::string what, std::string reason, std::string cure) {
  return {std::move(area), std::move(what), Verdict::Warning, std::move(reason), std::move(cure)};
}
inline Finding failed(std::string area, std::string what, std::string reason, std::string cure) {
  return {std::move(area), std::move(what), Verdict::Error, std::move(reason), std::move(cure)};
}
inline Finding unknown(std::string area, std::string what, std::string reason) {
  return {std::move(area), std::move(what), Verdict::Unknown, std::move(reason)};
}

/// Adds some findings to others.
inline void add(Findings& findings, Findings more) {
  for (Finding& one : more) findings.push_back(std::move(one));
}

}  // namespace berth::doctor
