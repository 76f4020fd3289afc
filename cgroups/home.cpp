// home.cpp - the wish first, then the host.
#include "cgroups/home.hpp"

namespace berth::cgroups {

namespace {

Error invalid(std::string message) {
  return Error{Errc::Invalid, 0, std::move(message)};
}

Result<Home> wished_cgroupfs(const HomeWish& wish, const HomeFacts& facts) {
  if (wish.parent.starts_with("/")) {
    return Home{Driver::Cgroupfs, wish.parent, "BERTH_CGROUP_PARENT names it"};
  }
  if (!wish.parent.empty()) {
    return invalid("BERTH_CGROUP_PARENT=" + wish.parent +
                   ": a slice, which BERTH_CGROUP_DRIVER=cgroupfs does not make; allowed is an "
                   "absolute path");
  }
  return Home{Driver::Cgroupfs, facts.has_delegated ? kDelegated : kOwn,
              "BERTH_CGROUP_DRIVER asks for cgroupfs"};
}

Result<Home> wished_systemd(const HomeWish& wish, const HomeFacts& facts) {
  const bool is_driver = !wish.driver.empty();
  const std::string asked =
      is_driver ? "BERTH_CGROUP_DRIVER=systemd" : "BERTH_CGROUP_PARENT=" + wish.parent;
  if (!facts.has_systemd) return invalid(asked + ": systemd is not process 1 of this host");
  if (!facts.has_bus) {
    return invalid(asked + ": no system bus to ask systemd on; install dbus");
  }
  if (wish.parent.starts_with("/")) {
    return invalid("BERTH_CGROUP_PARENT=" + wish.parent +
                   ": a path, where BERTH_CGROUP_DRIVER=systemd needs a slice, as berth.slice is "
                   "one");
  }
  return Home{
      Driver::Systemd, wish.parent.empty() ? kSlice : wish.parent,
      is_driver ? "BERTH_CGROUP_DRIVER asks for systemd" : "BERTH_CGROUP_PARENT names a slice"};
}

}  // namespace

HomeFacts look_for_home(const Hierarchy& hierarchy, const Dir& root) {
  HomeFacts facts;
  facts.is_v2 = hierarchy.version() == Version::V2;
  facts.has_systemd = root.exists("run/systemd/system");  // source: systemd, sd_booted(3)
  facts.has_bus = root.exists("run/dbus/system_bus_socket");
  facts.has_delegated = hierarchy.open_cgroup("cpu", kDelegated).has_value();
  return facts;
}

Result<Home> choose_home(const HomeWish& wish, const HomeFacts& facts) {
  const bool is_slice = !wish.parent.empty() && !wish.parent.starts_with("/");
  if (wish.driver == name_of(Driver::Systemd) || (wish.driver.empty() && is_slice)) {
    return wished_systemd(wish, facts);
  }
  if (!wish.driver.empty() || !wish.parent.empty()) return wished_cgroupfs(wish, facts);
  if (facts.has_delegated) {
    return Home{Driver::Cgroupfs, kDelegated, "systemd delegates it to berth-tasks.service"};
  }
  if (!facts.has_systemd) {
    return Home{Driver::Cgroupfs, kOwn, "systemd is not process 1 of this host"};
  }
  if (!facts.is_v2) {
    return Home{Driver::Cgroupfs, kOwn,
                "berth-tasks.service does not run, and cgroup v1 has nobody to tend it"};
  }
  if (!facts.has_bus) {
    return Home{Driver::Cgroupfs, kOwn,
                "berth-tasks.service does not run, and there is no system bus to ask systemd on"};
  }
  return Home{Driver::Systemd, kSlice,
              "berth-tasks.service does not run, and outside of it the hierarchy is systemd's"};
}

}  // namespace berth::cgroups
