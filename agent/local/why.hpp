// why.hpp - the words of the admin API about a task's life: its timeline, and what it waits for.
#pragma once

#include <string>
#include <string_view>

#include "agent/model/timeline.hpp"
#include "agent/model/why.hpp"
#include "base/result.hpp"

namespace berth::local {

/// Bodies. Reading fails: Invalid (names the member).
std::string to_json(const model::Why& why);
std::string to_json(const model::Timeline& timeline);
Result<model::Why> read_why(std::string_view body);
Result<model::Timeline> read_timeline(std::string_view body);

}  // namespace berth::local
