// join.hpp - berth join: this machine becomes a node.
#pragma once

#include <iosfwd>

#include "cli/arguments.hpp"
#include "cli/berthd.hpp"
#include "cli/places.hpp"

namespace berth::cli {

/// Checks the way, writes the settings, starts berthd and waits until it is connected. Says on
/// `out` what it did. again: yes.
///
/// fails:  Invalid (the machine is a node of another cluster: leave first), Unavailable (a check
///         failed; nothing was changed), Denied (the token), TimedOut (not connected in time;
///         berthd goes on trying), or as Dir and systemctl.
Result<> join_cluster(const Berthd& berthd, const Arguments& arguments, const Places& places,
                      std::ostream& out);

}  // namespace berth::cli
