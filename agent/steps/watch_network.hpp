// watch_network.hpp - what somebody takes away of the tasks' networks is brought back.
#pragma once

#include <functional>
#include <vector>

#include "agent/steps/tools.hpp"

namespace berth::steps {

// They run until cancelled, and make again at once what was taken away; what cannot be made is
// logged, and the task goes on as it is. fails: Denied, Exhausted: nothing can be heard.

/// Changes that others make to berth's nft table.
Async<> watch_firewall(Tools& tools);

/// Rules of Docker, ufw and firewalld that come, or that take ours away: see open_ways.hpp. First
/// of all what an earlier berthd left there is put right.
Async<> watch_neighbours(Tools& tools);

/// Deleted devices of tasks, and of gateways whose parent went. A task with all capabilities may
/// delete its own for ever, so the tenth time it stays deleted.
/// records: of all tasks, as they are now.
Async<> watch_links(Tools& tools, std::function<std::vector<RecordPtr>()> records);

}  // namespace berth::steps
