// order.hpp - which container waits for which; pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "agent/engine/facts.hpp"

namespace berth::engine {

/// Whether a container's dependencies let it be created now.
struct Readiness {
  bool ready = false;
  std::optional<std::string> never;  ///< why it can never be; then it is stopped with exit code 143
  std::string waits_for;             ///< "web (HEALTHY)": the first that is missing, when not ready
  std::size_t missing = 0;           ///< its container, with waits_for
};

/// source: reference state machine, "Dependencies". START: running or stopped. COMPLETE: stopped
/// with an exit code. SUCCESS: exit code 0. HEALTHY: running and healthy. All but START end with
/// the dependency's startTimeout.
Readiness readiness_of(const Facts& facts, std::size_t container);

/// True when a container that has not been created yet waits for more than this one's start.
bool is_waited_for(const model::Record& record, std::size_t container);

/// True when every container that depends on this one, by itself or through others, has stopped:
/// only then may it be stopped.
bool may_stop(const model::Record& record, std::size_t container);

}  // namespace berth::engine
