// show.hpp - findings for people and for programs; pure.
#pragma once

#include <string>

#include "agent/doctor/finding.hpp"

namespace berth::doctor {

/// How many of each verdict.
struct Counts {
  int ok = 0;
  int warnings = 0;
  int errors = 0;
  int unknown = 0;
  int all() const { return ok + warnings + errors + unknown; }
  bool operator==(const Counts&) const = default;
};
Counts count(const Findings& findings);

/// A line for each finding, the cure below what is not well, and how many there are of each
/// verdict.
std::string table_of(const Findings& findings);

/// One line of JSON; its members: docs/formats/doctor.md.
std::string json_of(const Findings& findings);

}  // namespace berth::doctor
