// watch.hpp - what containerd says happened, put into the right mailbox.
#pragma once

#include "agent/engine/engine.hpp"
#include "runtime/runtime.hpp"

namespace berth::steps {

/// Runs until cancelled. After a gap every task looks at the world again.
Async<> watch_events(runtime::Events& events, engine::Engine& engine);

}  // namespace berth::steps
