// stop.hpp - how a container is asked to end, and how long it may take; pure.
#pragma once

#include <chrono>
#include <string_view>

#include "agent/model/record.hpp"
#include "agent/plan/settings.hpp"
#include "base/result.hpp"

namespace berth::plan {

/// "SIGQUIT", "quit", "3", "SIGRTMIN+3" as the kernel's number.
///
/// fails:  Invalid (names the text).
Result<int> parse_signal(std::string_view text);

/// The task's StopSignal, else the image's, else SIGTERM; SIGTERM too when the text means nothing.
int stop_signal_for(const model::Record& record, std::size_t container);

/// stopTimeout of the container, else ECS_CONTAINER_STOP_TIMEOUT.
std::chrono::seconds stop_timeout_for(const model::Container& container, const Settings& settings);

}  // namespace berth::plan
