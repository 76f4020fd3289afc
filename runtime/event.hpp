// event.hpp - what the engine says happened.
#pragma once

#include <string>
#include <variant>

#include "runtime/spec.hpp"

namespace berth::runtime {

struct Started {
  std::string container_id;
  std::int64_t pid = 0;
};

/// The first process of a container ended (exec'ed ones are not told here).
struct ContainerExited {
  std::string container_id;
  ExitStatus exit;
};

struct OutOfMemory {
  std::string container_id;
};

/// The stream was broken and is open again: what happened meanwhile must be looked up.
struct Gap {};

using Event = std::variant<Started, ContainerExited, OutOfMemory, Gap>;

}  // namespace berth::runtime
