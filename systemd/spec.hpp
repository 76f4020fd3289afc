// spec.hpp - units as the service manager takes them.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace berth::systemd {

/// One property of a unit, named as on the bus ("CPUQuotaPerSecUSec", not "CPUQuota").
/// source: systemd, org.freedesktop.systemd1(5).
struct Property {
  std::string name;
  std::variant<bool, std::uint64_t, std::string, std::vector<std::string>> value;  ///< b, t, s, as

  bool operator==(const Property&) const = default;
};

/// A unit without a file.
struct TransientUnit {
  std::string name;  ///< "berth-0a1b.slice"
  std::vector<Property> properties;

  bool operator==(const TransientUnit&) const = default;
};

}  // namespace berth::systemd
