// looks.hpp - what the engine shows of a container, held against what was known of it; pure.
#pragma once

#include "agent/engine/facts.hpp"
#include "agent/engine/observed.hpp"

namespace berth::engine {

/// What became of it while nobody watched: it started, ended, was started again, vanished. A
/// stopped one stays stopped.
void looked_at(Facts& facts, std::size_t container, const ContainerLook& look, WallTime at);

}  // namespace berth::engine
