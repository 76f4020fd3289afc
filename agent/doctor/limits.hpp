// limits.hpp - what the kernel lets a process of ours have.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/doctor/finding.hpp"
#include "agent/doctor/units.hpp"
#include "base/result.hpp"

namespace berth::doctor {

/// The two columns of "Max open files"; "unlimited" is the largest number. source: Linux, proc(5),
/// "/proc/pid/limits".
struct OpenFiles {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  bool operator==(const OpenFiles&) const = default;
};
std::optional<OpenFiles> open_files_in(std::string_view limits);

/// Those of berthd.service where systemd has it, which count for every berthd that it starts; else
/// what whoever runs this has.
///
/// own: the text of /proc/self/limits.
Findings judge_limits(const UnitFacts& units, const Result<std::string>& own);

/// Most checks look at what only root may see. user: the effective one.
Finding judge_user(unsigned user);

}  // namespace berth::doctor
