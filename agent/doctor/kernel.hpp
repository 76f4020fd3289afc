// kernel.hpp - does the kernel have what tasks are made of? Nothing is loaded to find out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/doctor/finding.hpp"
#include "base/dir.hpp"

namespace berth::doctor {

/// How the kernel has one thing.
enum class Presence : std::uint8_t {
  Works,     ///< built in or loaded, and tried where it can be
  Loadable,  ///< a module on the disk, which the kernel loads when it is needed
  Missing,
};

struct Feature {
  std::string name;  ///< "overlayfs"
  Presence presence = Presence::Missing;
  std::string reason{};              ///< of Missing: what the kernel said
  std::string needed_by{};           ///< "" for every node; else who needs it: "CNI plugin bridge"
  Verdict without = Verdict::Error;  ///< how bad it is here when it is missing
  std::string cure{};                ///< of Missing; "" is another kernel
  bool operator==(const Feature&) const = default;
};

/// True when that module is on the disk, but neither loaded nor built in: using it would load it.
///
/// root:    with proc/sys/kernel/osrelease, sys/module and lib/modules.
/// module:  "nft_chain_nat"; dashes and underscores are the same.
bool would_be_loaded(const Dir& root, std::string_view module);

/// A feature that these modules, on the disk and not loaded, are for: Loadable, or Missing where
/// kernel.modules_disabled keeps every module out. root: with proc/sys/kernel.
Feature with_modules(const Dir& root, Feature feature, const std::vector<std::string>& modules);

/// A feature that the kernel refused, and whether it would after a reboot.
/// root: with proc/sys/kernel/osrelease and lib/modules.
Feature refused(const Dir& root, Feature feature, std::string reason);

/// What the kernel has of what this driver of BERTH_ENI_DRIVER and every node need. Tries what no
/// module would be loaded for, in a network namespace that ends with the call. Blocks.
std::vector<Feature> look_at_kernel(const Dir& root, const std::string& eni_driver);

Findings judge_kernel(const std::vector<Feature>& features);

}  // namespace berth::doctor
