// variable.hpp - an environment variable as text; known to this room only.
#pragma once

#include <cstdlib>
#include <string>

namespace berth::systemd {

/// "" when it is not set.
inline std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace berth::systemd
