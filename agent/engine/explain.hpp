// explain.hpp - the one thing a task waits for, or why it died; pure.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "agent/engine/facts.hpp"
#include "agent/engine/recorder.hpp"
#include "agent/model/timeline.hpp"
#include "agent/model/why.hpp"

namespace berth::engine {

/// What is being done for a task just now, beside its facts.
struct Moment {
  std::map<Step, Begun> in_flight;
  std::function<std::optional<std::chrono::milliseconds>(const Step&)> limit_of;  ///< as Hands'
  std::optional<std::string> queue_word;                                          ///< as Hands'
  std::optional<model::Waiting> held_by_disk;  ///< its record cannot be written
  std::optional<model::Waiting> awaited_nic;   ///< as Hands'
};

/// A task the node still knows.
model::Why explain(const Facts& facts, const Moment& moment);

/// A task that was cleaned up: what its timeline tells of its end.
model::Why explain_past(const model::Timeline& timeline);

}  // namespace berth::engine
