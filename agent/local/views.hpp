// views.hpp - records as people see them; pure.
#pragma once

#include "agent/local/admin.hpp"
#include "agent/model/record.hpp"

namespace berth::local {

TaskView view_of(const model::Record& record);

}  // namespace berth::local
