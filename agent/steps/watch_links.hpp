// watch_links.hpp - what somebody takes away of the tasks' devices, and of their LAN, is brought
// back.
#pragma once

#include <functional>
#include <vector>

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Deleted devices of tasks, and of gateways whose parent went; and what the kernel forgets of a
/// LAN when a device goes down or an address moves. A task with all capabilities may delete its own
/// for ever, so the tenth time it stays deleted. What cannot be made again is logged, and the task
/// goes on as it is. Runs until cancelled; first of all, what happened while nobody was there to
/// hear.
///
/// records: of all tasks, as they are now.
/// moved:   called when devices of a LAN may be others than before.
/// fails:   Denied, Exhausted: nothing can be heard.
Async<> watch_links(Tools& tools, std::function<std::vector<RecordPtr>()> records,
                    std::function<void()> moved);

}  // namespace berth::steps
