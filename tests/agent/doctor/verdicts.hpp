// verdicts.hpp - findings in few words, for tables of tests.
#pragma once

#include <string>

#include "agent/doctor/finding.hpp"

namespace berth::doctor {

inline char letter_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok: return 'o';
    case Verdict::Warning: return 'w';
    case Verdict::Error: return 'e';
    case Verdict::Unknown: return '?';
  }
  return '!';
}

/// "version o, memory controller e".
inline std::string verdicts_of(const Findings& findings) {
  std::string text;
  for (const Finding& one : findings) {
    text += (text.empty() ? "" : ", ") + one.what + " " + letter_of(one.verdict);
  }
  return text;
}

/// What is not well says what to do, and nothing else does.
inline bool has_cures_where_needed(const Findings& findings) {
  for (const Finding& one : findings) {
    const bool is_ill = one.verdict == Verdict::Warning || one.verdict == Verdict::Error;
    if (is_ill == one.cure.empty() || one.reason.empty()) return false;
  }
  return true;
}

/// The finding of that name; one of nothing when there is none.
inline Finding find(const Findings& findings, const std::string& what) {
  for (const Finding& one : findings) {
    if (one.what == what) return one;
  }
  return {};
}

}  // namespace berth::doctor
