// plan_text.cpp - a row for each field that is worth one, and the verdict.
#include "cli/plan_text.hpp"

#include "cli/columns.hpp"

namespace berth::cli {

namespace {

constexpr const char* kHonoured = "honoured";

std::string sender_text(const local::PlanView& plan) {
  if (plan.sender == "file") return "as a file of " + plan.from;
  if (plan.sender == "amazon-ecs") return "sent by Amazon ECS, " + plan.from;
  return "sent by the control plane at " + plan.from;
}

std::string verdict_text(const local::PlanView& plan) {
  if (!plan.would_run()) {
    return "would not run here, " + sender_text(plan) + ": " + plan.refusal + "\n";
  }
  std::string text = "would run here, " + sender_text(plan);
  if (!plan.waits_for.empty()) text += ", but now it would wait for " + plan.waits_for;
  return text + "\n";
}

}  // namespace

std::string plan_text(const local::PlanView& plan, bool with_all) {
  std::vector<Row> rows{{"FIELD", "FATE", "WHY"}};
  std::size_t hidden = 0;
  for (const local::RemarkView& one : plan.remarks) {
    if (!with_all && one.fate == kHonoured) {
      ++hidden;
    } else {
      rows.push_back({one.path, one.fate, or_dash(one.words)});
    }
  }
  std::string text;
  if (rows.size() > 1) text += aligned(rows);
  if (hidden > 0) {
    text += std::string(rows.size() > 1 ? "and " : "") + std::to_string(hidden) +
            (hidden == 1 ? " field is" : " fields are") + " honoured; --all shows them\n";
  }
  if (!text.empty()) text += "\n";
  return text + verdict_text(plan);
}

}  // namespace berth::cli
