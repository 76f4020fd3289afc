// start_container.hpp - a container made, and set going.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Makes the container with its snapshot, its process not yet running. again: yes.
/// fails: Invalid (no command, no such user ...), NotFound (image gone), Unavailable, TimedOut.
Async<Sight> create_container(Tools& tools, RecordPtr record, std::size_t container);

/// Starts its process. again: yes.
/// fails: Invalid (the command cannot be run), NotFound, Unavailable, TimedOut.
Async<Sight> start_container(Tools& tools, RecordPtr record, std::size_t container);

/// Starts its ended process once more, over the files it left. again: yes.
/// fails: as start_container.
Async<Sight> restart_container(Tools& tools, RecordPtr record, std::size_t container);

}  // namespace berth::steps
