// table.hpp - one row for each setting: how it is read, shown and explained.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/config/config.hpp"

namespace berth::config {

/// What became of one value.
struct Reading {
  enum class Verdict : std::uint8_t {
    Taken,
    Adjusted,  ///< another value was put in its place, `why` says which
    Refused,   ///< the default stays: a notice for ECS_*, an error for BERTH_*
    Fatal,     ///< an error although the key begins with ECS_
  };
  Verdict verdict = Verdict::Taken;
  std::string why;
};

struct Setting {
  std::string_view key;
  std::string_view allowed;   ///< the values, for people: "duration, at least 1s"
  std::string_view fallback;  ///< what the default is, for people
  std::string_view meaning;   ///< one sentence
  Reading (*read)(const std::string& text, Config& config);
  std::string (*show)(const Config& config);
  bool is_live = false;  ///< a reload takes it; the others wait for a restart
};

/// Every setting, in the order it is printed.
std::span<const Setting> settings();
const Setting* setting_of(std::string_view key);

/// True for a variable of the ECS agent that berth does not use.
bool is_known_to_ecs(std::string_view key);

}  // namespace berth::config
