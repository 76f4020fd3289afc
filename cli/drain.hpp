// drain.hpp - berth drain: every task stopped, and that told.
#pragma once

#include <iosfwd>

#include "cli/berthd.hpp"

namespace berth::cli {

/// Asks again until everything has stopped and is told. Tasks end within their stop timeouts; a
/// control plane that is away is waited for only for a while, for the reports are kept.
///
/// shown:  where how far it is goes; nullptr: nowhere.
/// returns: how far it came: not done when all has stopped and not all is told.
/// fails:  as Berthd.
Result<local::DrainView> drain_node(const Berthd& berthd, std::ostream* shown);

/// Why such a drain is not done; ok when it is.
Result<> judge_drain(const local::DrainView& drain);

}  // namespace berth::cli
