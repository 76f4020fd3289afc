// home.hpp - who makes the cgroups we need, and below which.
#pragma once

#include <string>

#include "base/dir.hpp"
#include "cgroups/spec.hpp"
#include "cgroups/tree.hpp"

namespace berth::cgroups {

/// What of the host the choice depends on.
struct HomeFacts {
  bool is_v2 = false;          ///< one unified hierarchy
  bool has_systemd = false;    ///< systemd is process 1
  bool has_bus = false;        ///< and can be asked for slices
  bool has_delegated = false;  ///< kDelegated is there: its unit runs
};

/// root:  "/", with run/systemd/system and run/dbus.
HomeFacts look_for_home(const Hierarchy& hierarchy, const Dir& root);

/// What the configuration says of it; "" leaves the choice to us.
struct HomeWish {
  std::string driver;  ///< BERTH_CGROUP_DRIVER: "cgroupfs", "systemd"
  std::string parent;  ///< BERTH_CGROUP_PARENT: "/path", or the name of a slice
};

struct Home {
  Driver driver = Driver::Cgroupfs;
  std::string parent;  ///< of cgroupfs a path, "/berth"; of systemd a slice's name, "berth.slice"
  std::string reason;  ///< why this one: "systemd delegates it to berth-tasks.service"

  bool operator==(const Home&) const = default;
};

/// The cgroup that systemd delegates to us; it is systemd's to make and to remove.
inline constexpr const char* kDelegated = "/berth.slice/berth-tasks.service";
/// Ours where nobody else tends the hierarchy.
inline constexpr const char* kOwn = "/berth";
/// Of all our slices.
inline constexpr const char* kSlice = "berth.slice";

/// As wished, else cgroupfs below kDelegated while that is there: a container's cgroup stays until
/// its last counts were read, where systemd takes an empty scope away at once. Else systemd, where
/// it is process 1 of a cgroup v2 host and nobody but it may write outside of what it delegates.
/// Else cgroupfs below kOwn.
///
/// fails:  Invalid (a slice for cgroupfs, a path for systemd, systemd where there is none), naming
///         the setting.
Result<Home> choose_home(const HomeWish& wish, const HomeFacts& facts);

}  // namespace berth::cgroups
