// cgroups.hpp - can tasks be limited and counted here?
#pragma once

#include <string>
#include <vector>

#include "agent/doctor/finding.hpp"
#include "base/dir.hpp"
#include "cgroups/home.hpp"

namespace berth::doctor {

/// The cgroups of this host, as far as they matter.
struct CgroupFacts {
  std::string failure{};  ///< why there is nothing to be said; then the rest is empty
  int version = 0;        ///< 1 or 2
  bool is_hybrid = false;
  std::vector<std::string> controllers{};          ///< usable ones
  std::vector<std::string> unified_controllers{};  ///< of a hybrid host: what its cgroup2 mount has
  std::vector<std::string> kernel_controllers{};  ///< by /proc/cgroups: those of v1, not turned off
  std::string kernel_command_line{};
  bool is_raspberry_pi = false;
  std::string firmware_command_line_file{};  ///< "/boot/firmware/cmdline.txt", where there is one
  cgroups::HomeFacts home{};
};

/// root:  with proc/self/mounts, proc/cgroups, proc/cmdline, proc/device-tree, boot and run.
CgroupFacts look_at_cgroups(const Dir& root);

Findings judge_cgroups(const CgroupFacts& facts);

/// Which driver makes the cgroups of tasks, below which, and why.
Finding judge_cgroup_driver(const CgroupFacts& facts, const cgroups::HomeWish& wish);

/// What crun has against this host; "" is nothing.
std::string refusal_of_crun(const CgroupFacts& facts);

}  // namespace berth::doctor
