// findings.cpp - what is found while a task is read.
#include "agent/inbox/findings.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace berth::inbox {

std::string quoted(std::string_view value) {
  constexpr std::size_t kMaxShown = 80;
  if (value.size() <= kMaxShown) return dump_json(Json(value));
  return dump_json(Json(std::string(value.substr(0, kMaxShown - 3)) + "..."));
}

void Findings::refuse(std::string_view field, std::string_view value, std::string_view why) {
  refuse_as(std::string(field) + " " + quoted(value) + ": " + std::string(why), std::string(field));
}

void Findings::refuse(std::string_view field, std::string_view why) {
  refuse_as(std::string(field) + ": " + std::string(why), std::string(field));
}

void Findings::refuse_as(std::string reason, std::string field) {
  constexpr std::size_t kMostKept = 100;
  if (refused_.size() < kMostKept) refused_.push_back({std::move(field), std::move(reason)});
}

void Findings::pass_over(std::string field) {
  const bool known =
      std::find(passed_over_.begin(), passed_over_.end(), field) != passed_over_.end();
  if (!known) passed_over_.push_back(std::move(field));
}

}  // namespace berth::inbox
