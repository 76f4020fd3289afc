// plan_text.hpp - what would come of a task definition, as a person wants to read it.
#pragma once

#include <string>

#include "agent/local/plan_view.hpp"

namespace berth::cli {

/// The fields that are not plainly honoured, or all, then one sentence.
std::string plan_text(const local::PlanView& plan, bool with_all);

}  // namespace berth::cli
