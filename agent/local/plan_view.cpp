// plan_view.cpp - the words about a definition to JSON and back.
#include "agent/local/plan_view.hpp"

#include "base/json.hpp"

namespace berth::local {

std::string to_json(const PlanView& plan) {
  Json remarks = Json::array();
  for (const RemarkView& one : plan.remarks) {
    remarks.push_back({{"path", one.path}, {"fate", one.fate}, {"words", one.words}});
  }
  return dump_json({{"sender", plan.sender},
                    {"from", plan.from},
                    {"wouldRun", plan.would_run()},
                    {"refusal", plan.refusal},
                    {"waitsFor", plan.waits_for},
                    {"remarks", std::move(remarks)}});
}

Result<PlanView> read_plan(std::string_view body) {
  constexpr std::size_t kMost = 64 << 20;  // words for each field of a definition of 1 MiB
  BERTH_TRY(const Json json, parse_json(body, kMost));
  JsonReader in(json, "plan");
  PlanView plan;
  plan.sender = in.text("sender");
  plan.from = in.text("from");
  plan.refusal = in.text("refusal");
  plan.waits_for = in.text("waitsFor");
  for (const Json* each : in.array("remarks")) {
    JsonReader one(*each, "plan.remarks[" + std::to_string(plan.remarks.size()) + "]");
    plan.remarks.push_back({one.text("path"), one.text("fate"), one.text("words")});
    if (auto bad = one.failed()) return *bad;
  }
  if (auto bad = in.failed()) return *bad;
  return plan;
}

}  // namespace berth::local
