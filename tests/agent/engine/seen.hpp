// seen.hpp - the words that tests of the engine begin with, and how its facts are told of a sight.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "agent/engine/apply.hpp"
#include "agent/engine/decide.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::engine {

using berth::testing::a_container;
using berth::testing::a_record;
using berth::testing::a_task;
using model::ContainerStatus;
using model::FaultKind;
using model::Goal;
using model::Health;
using model::TaskStatus;
using Steps = std::vector<Step>;

inline WallTime at_ms(std::int64_t ms) {
  return WallTime{std::chrono::milliseconds(ms)};
}

inline WallTime at_s(std::int64_t seconds) {
  return WallTime{std::chrono::seconds(seconds)};
}

inline Facts see(Facts facts, Sight sight, WallTime now = at_s(10'000)) {
  return apply(std::move(facts), Observed{now, std::move(sight)}, false);
}

/// Its process ends, and nothing special is found about it.
inline Facts see_end(Facts facts, std::size_t at, model::Exit exit) {
  facts = see(std::move(facts), ContainerExited{at, exit});
  return see(std::move(facts), ExitExamined{at, true, std::nullopt, 0});
}

}  // namespace berth::engine
