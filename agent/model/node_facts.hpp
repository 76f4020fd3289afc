// node_facts.hpp - what this machine is and has; pure data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"

namespace berth::model {

/// The cgroup hierarchies of the machine, as cgroups::Hierarchy found them.
struct CgroupFacts {
  int version = 0;                       ///< 1 or 2
  bool is_hybrid = false;                ///< version 1 with cgroup2 mounted beside it
  bool counts_swap = false;              ///< limits on memory plus swap have an effect
  std::vector<std::string> controllers;  ///< sorted: "cpu", "memory", ...

  bool operator==(const CgroupFacts&) const = default;
};

/// The GPUs of the machine, as their file names them.
struct Gpus {
  std::string driver_version;    ///< "550.54.15"; "" when the file has none
  std::vector<std::string> ids;  ///< "GPU-..."; as the file orders them, none twice

  bool operator==(const Gpus&) const = default;
};

/// Gathered once when the daemon starts, by agent/node; a value from then on.
struct NodeFacts {
  unsigned cpus = 0;  ///< those this process may run on
  Mebibytes memory;   ///< MemTotal, rounded down
  std::string hostname;
  std::string kernel_release;  ///< "6.1.0-18-amd64"
  std::string architecture;    ///< as ECS names it: "x86_64", "arm64"; else as the kernel does
  std::string boot_id;         ///< another one after each boot

  std::string os_id;           ///< os-release: "debian"; "" when unknown
  std::string os_version_id;   ///< "12"
  std::string os_pretty_name;  ///< "Debian GNU/Linux 12 (bookworm)"

  CgroupFacts cgroups;
  Gpus gpus;  ///< none without ECS_ENABLE_GPU_SUPPORT

  /// Hard limits of this process by their OCI names ("RLIMIT_NOFILE"); nullopt is unlimited.
  /// Without may_raise_limits no container can be given more.
  std::map<std::string, std::optional<std::uint64_t>> rlimit_ceilings;
  bool may_raise_limits = false;  ///< CAP_SYS_RESOURCE is held
  int oom_score_adj = 0;          ///< of this process; without CAP_SYS_RESOURCE the least to give

  bool operator==(const NodeFacts&) const = default;
};

}  // namespace berth::model
