// capabilities.cpp - which capabilities a container gets.
#include "runtime/capabilities.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace berth::runtime {

namespace {

// source: Docker Engine, "Runtime privilege and Linux capabilities".
const std::set<std::string>& default_capabilities() {
  static const std::set<std::string> kDefaults{
      "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",    "CAP_MKNOD",
      "CAP_NET_RAW", "CAP_SETGID",       "CAP_SETUID",           "CAP_SETFCAP",   "CAP_SETPCAP",
      "CAP_KILL",    "CAP_AUDIT_WRITE",  "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT"};
  return kDefaults;
}

std::string full_name(std::string name) {
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name == "ALL" || name.starts_with("CAP_") ? name : "CAP_" + name;
}

/// The names as the kernel has them; "ALL" stays.
Result<std::set<std::string>> full_names(const std::vector<std::string>& names) {
  const auto& known = known_capabilities();
  std::set<std::string> full;
  for (const std::string& name : names) {
    const std::string longer = full_name(name);
    if (longer != "ALL" && std::find(known.begin(), known.end(), longer) == known.end()) {
      return Error{Errc::Invalid, 0, "unknown capability \"" + name + "\""};
    }
    full.insert(longer);
  }
  return full;
}

}  // namespace

Result<std::vector<std::string>> capabilities_of(const ContainerSpec& spec, const HostFacts& host) {
  BERTH_TRY(const auto add, full_names(spec.capabilities_add));
  BERTH_TRY(const auto drop, full_names(spec.capabilities_drop));
  if (spec.privileged) return host.capabilities;

  for (const std::string& name : add) {
    const auto& had = host.capabilities;
    if (name != "ALL" && std::find(had.begin(), had.end(), name) == had.end()) {
      return Error{Errc::Invalid, 0, "capability " + name + " is not to be had on this host"};
    }
  }
  std::vector<std::string> given;
  for (const std::string& name : host.capabilities) {
    bool has = default_capabilities().contains(name) || add.contains("ALL");
    if (drop.contains("ALL") && !add.contains("ALL")) has = false;
    if (drop.contains(name)) has = false;
    if (add.contains(name)) has = true;
    if (has) given.push_back(name);
  }
  return given;
}

}  // namespace berth::runtime
