// audit_table.hpp - what an audit found, for people; pure.
#pragma once

#include <string>

#include "agent/local/admin.hpp"

namespace berth::cli {

/// A row for each thing that was removed and for each that still differs; one sentence when there
/// is neither.
std::string audit_table(const local::AuditView& audit);

}  // namespace berth::cli
