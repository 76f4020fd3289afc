// forwarding.hpp - which of the host's settings let packets pass between its devices.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/dir.hpp"
#include "base/result.hpp"

namespace berth::netns {

/// Forwarding itself, of either family.
inline constexpr const char* kForwardV4 = "net/ipv4/ip_forward";
inline constexpr const char* kForwardV6 = "net/ipv6/conf/all/forwarding";

struct Setting {
  std::string key;  ///< below /proc/sys: "net/ipv4/ip_forward"
  std::string value;
  bool operator==(const Setting&) const = default;
};

/// What must be set, in this order, for packets to be forwarded; nothing when it is all so. Devices
/// that learn their IPv6 routes from routers stop doing so on a host that forwards, unless their
/// accept_ra says 2: so it does before forwarding begins.
///
/// with_v6: a kernel without IPv6 has nothing to set for it.
/// source: Linux, Documentation/networking/ip-sysctl.rst, "ip_forward", "accept_ra".
/// fails: Denied.
Result<std::vector<Setting>> forwarding_settings(const Dir& proc_sys, bool with_v6);

/// What a setting of the host is by us, this file's and those of lan-routed: another value is
/// somebody else's by now. nullopt: it was only moved by one of ours.
std::optional<std::string> value_of_ours(const std::string& key);

/// What those move by themselves, either way: whoever restores them restores these after them.
std::vector<std::string> moved_by_forwarding();

}  // namespace berth::netns
