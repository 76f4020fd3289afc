// views.hpp - records and findings as people see them; pure.
#pragma once

#include "agent/ledger/ledger.hpp"
#include "agent/local/admin.hpp"
#include "agent/model/record.hpp"

namespace berth::local {

TaskView view_of(const model::Record& record);
FindingView view_of(const ledger::Finding& finding);

}  // namespace berth::local
