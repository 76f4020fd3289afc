// stop_container.hpp - asking a container to end, making it end, making sure.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Sends the stop signal to its first process, tried again while that is not possible.
/// fails: TimedOut (not in the whole stop timeout), Cancelled.
Async<Sight> signal_container(Tools& tools, RecordPtr record, std::size_t container);

/// Waits until stopTimeout after the stop signal, then sends SIGKILL to all of it, past an
/// engine that does not answer by way of the cgroup. A container that got no stop signal (its
/// command never ran) is killed at once. fails: Cancelled.
Async<Sight> kill_container(Tools& tools, RecordPtr record, std::size_t container);

/// Gives the exit five seconds to be heard of, then looks at the container. fails: Cancelled.
Async<Sight> confirm_exit(Tools& tools, RecordPtr record, std::size_t container);

}  // namespace berth::steps
