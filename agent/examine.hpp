// examine.hpp - berthd --doctor: the checks of this node, on the doors that the daemon would use.
#pragma once

#include <ostream>

#include "agent/config/config.hpp"
#include "base/clock.hpp"

namespace berth::agent {

/// Makes every check and prints what they found. Opens no state, takes no lock: a daemon may run
/// meanwhile, or may be unable to start.
///
/// loaded:   the configuration, or why there is none.
/// version:  of this program; built: when its sources were committed.
/// returns:  the exit status: 0 no error was found, 1 some were.
int examine(Result<config::Loaded> loaded, bool as_json, const std::string& version, WallTime built,
            std::ostream& out);

}  // namespace berth::agent
