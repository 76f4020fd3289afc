// session.hpp - does the control plane reach the berthd that runs here?
#pragma once

#include <optional>
#include <string>

#include "agent/doctor/finding.hpp"
#include "agent/doctor/units.hpp"
#include "agent/local/membership.hpp"
#include "base/async.hpp"

namespace berth::doctor {

/// What systemd says where it does not run berthd: asking the socket would have it start one.
/// nullopt: there may be a berthd to ask.
std::optional<Finding> judge_unasked(const UnitFacts& units);

/// Asks on the socket of the admin API; one that is connecting is given a few seconds for it.
///
/// fails:  NotFound (no socket), Unavailable (nobody listens), Denied, TimedOut, Broken.
Async<local::MembershipView> ask_berthd(std::string socket, Deadline by);

/// said: as ask_berthd has it.
Finding judge_session(const Result<local::MembershipView>& said);

}  // namespace berth::doctor
