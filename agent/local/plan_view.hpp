// plan_view.hpp - the words of the admin API about what would come of a task definition.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::local {

/// Of one field of the definition.
struct RemarkView {
  std::string path;  ///< "containerDefinitions[0].linuxParameters.swappiness"
  std::string fate;  ///< "honoured", "emulated", "ignored", "refused"
  std::string words;

  bool operator==(const RemarkView&) const = default;
};

struct PlanView {
  std::string sender;     ///< who would have the task run: "amazon-ecs", "control-plane", "file"
  std::string from;       ///< of it: base URL of the control plane, or the folder of the files
  std::string refusal;    ///< the first reason why the task would not run; "" when it would
  std::string waits_for;  ///< what is not free now and would be waited for; "" for nothing
  std::vector<RemarkView> remarks;  ///< in the order of the definition

  bool would_run() const { return refusal.empty(); }
  bool operator==(const PlanView&) const = default;
};

/// Bodies. Reading fails: Invalid (names the member).
std::string to_json(const PlanView& plan);
Result<PlanView> read_plan(std::string_view body);

}  // namespace berth::local
