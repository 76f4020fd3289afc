// watch_rules.hpp - what somebody takes away of the rules for tasks is brought back.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

// They run until cancelled, and make again at once what was taken away; what cannot be made is
// logged, and the task goes on as it is. fails: Denied, Exhausted: nothing can be heard.

/// Changes that others make to berth's nft table.
Async<> watch_firewall(Tools& tools);

/// Rules of Docker, ufw and firewalld that come, or that take ours away: see open_ways.hpp. First
/// of all what an earlier berthd left there is put right.
Async<> watch_neighbours(Tools& tools);

}  // namespace berth::steps
