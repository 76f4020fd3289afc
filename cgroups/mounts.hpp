// mounts.hpp - which cgroup hierarchies are mounted where; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::cgroups {

/// One mounted hierarchy.
struct Mount {
  std::string point;
  bool unified = false;  ///< cgroup2
  bool read_only = false;
  std::vector<std::string> controllers;  ///< v1 only: "cpu", "cpuacct", "name=systemd"

  bool operator==(const Mount&) const = default;
};

/// The cgroup lines of a text in the form of /proc/self/mounts, in its order. Of several mounts of
/// one hierarchy the first writable one stays, else the first: containers and tests mount copies.
/// source: Linux, proc(5), "/proc/mounts"; fstab(5) for the octal escapes.
std::vector<Mount> parse_mounts(std::string_view text);

}  // namespace berth::cgroups
