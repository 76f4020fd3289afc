// settings.hpp - what the configuration itself has to say.
#pragma once

#include "agent/config/config.hpp"
#include "agent/doctor/finding.hpp"

namespace berth::doctor {

/// What is wrong with it, or was not taken as given.
Findings judge_settings(const Result<config::Loaded>& loaded);

}  // namespace berth::doctor
