// order.hpp - which container waits for which; pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "agent/model/record.hpp"

namespace berth::engine {

/// Whether a container's dependencies let it be created now.
struct Readiness {
  bool ready = false;
  std::optional<std::string> never;  ///< why it can never be; then it is stopped with exit code 143
};

/// source: reference state machine, "Dependencies". START: running or stopped. COMPLETE: stopped
/// with an exit code. SUCCESS: exit code 0. HEALTHY: running and healthy.
Readiness readiness_of(const model::Record& record, std::size_t container);

/// True when every container that depends on this one has stopped: only then may it be stopped.
bool may_stop(const model::Record& record, std::size_t container);

}  // namespace berth::engine
