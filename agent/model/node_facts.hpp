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
  bool has_io_weight = false;            ///< v2: the kernel's blk-iocost weighs disk traffic
  bool has_bfq_weight = false;           ///< v2: its scheduler bfq does

  bool operator==(const CgroupFacts&) const = default;
};

/// The GPUs of the machine, as their file names them.
struct Gpus {
  std::string driver_version;    ///< "550.54.15"; "" when the file has none
  std::vector<std::string> ids;  ///< "GPU-..."; as the file orders them, none twice

  bool operator==(const Gpus&) const = default;
};

/// What EC2 says of a machine of its own.
struct Ec2Facts {
  std::string region;
  std::string identity_document;   ///< as it came: the signature is of these bytes
  std::string identity_signature;  ///< base64
  std::string vpc_id;
  std::string subnet_id;  ///< of the first interface

  bool operator==(const Ec2Facts&) const = default;
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
  std::optional<Ec2Facts>
      ec2;    ///< asked before each registration; absent elsewhere and on an external node
  Gpus gpus;  ///< none without ECS_ENABLE_GPU_SUPPORT

  /// Hard limits of this process by their OCI names ("RLIMIT_NOFILE"); nullopt is unlimited.
  /// Without may_raise_limits no container can be given more.
  std::map<std::string, std::optional<std::uint64_t>> rlimit_ceilings;
  bool may_raise_limits = false;  ///< CAP_SYS_RESOURCE is held
  int oom_score_adj = 0;          ///< of this process; without CAP_SYS_RESOURCE the least to give

  bool operator==(const NodeFacts&) const = default;
};

}  // namespace berth::model
