// gpus.hpp - how many GPUs containers ask for; pure.
#pragma once

#include <cstdint>

#include "base/json.hpp"
#include "controlplane/definition/fault.hpp"

namespace berth::definition {

/// The most that a container may ask for.
inline constexpr std::int64_t kMostGpus = 1024;

/// Checks the resourceRequirements of a container, or of what overrides one; both have "name".
///
/// fails:  ClientException (a type that there is not, a number that is none).
Reply<> check_resource_requirements(const Json& container);

/// The GPUs that a checked container asks for; 0 is none.
std::int64_t gpus_of(const Json& container);

/// The same where an override, which may be an empty object, has resourceRequirements of its own.
inline std::int64_t gpus_of(const Json& container, const Json& override) {
  return gpus_of(override.contains("resourceRequirements") ? override : container);
}

}  // namespace berth::definition
