// leave.hpp - berth leave: this machine is a node no longer.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/arguments.hpp"
#include "cli/berthd.hpp"
#include "cli/ecs_config.hpp"
#include "cli/places.hpp"

namespace berth::cli {

/// Drains the node, has the control plane forget it, stops berthd for good, removes what berth made
/// on the machine and what join wrote. Says on `out` what it did. again: yes; it goes on where it
/// failed.
///
/// fails:  Unavailable (tasks run, and no berthd to stop them), TimedOut or Denied (the control
/// plane
///         could not be told; with --force it goes on), or as berthd --purge, Dir and systemctl.
Result<> leave_cluster(const Berthd& berthd, const Arguments& arguments, const Places& places,
                       std::ostream& out, std::ostream& err);

/// What is left elsewhere of a node with these settings, and not berth's to undo; "" is nothing.
std::string what_stays(const JoinedSettings& joined);

}  // namespace berth::cli
