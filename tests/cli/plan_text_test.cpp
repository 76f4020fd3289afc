// plan_text_test.cpp - how the fate of a definition looks.
#include "cli/plan_text.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

local::PlanView plan(std::vector<local::RemarkView> remarks) {
  return {"control-plane", "http://lab:5000", "", "", std::move(remarks)};
}

const local::RemarkView kFamily{"family", "honoured", "names the task"};
const local::RemarkView kLog{"containerDefinitions[0].logConfiguration.logDriver", "emulated", ""};

TEST(PlanText, ShowsWhatIsNotPlainlyHonoured) {
  EXPECT_EQ(plan_text(plan({kFamily, kLog}), false),
            "FIELD                                               FATE      WHY\n"
            "containerDefinitions[0].logConfiguration.logDriver  emulated  -\n"
            "and 1 field is honoured; --all shows them\n"
            "\n"
            "would run here, sent by the control plane at http://lab:5000\n");
}

TEST(PlanText, ShowsEverythingWhenAsked) {
  EXPECT_EQ(plan_text(plan({kFamily}), true),
            "FIELD   FATE      WHY\n"
            "family  honoured  names the task\n"
            "\n"
            "would run here, sent by the control plane at http://lab:5000\n");
}

TEST(PlanText, HasNoTableWhereEverythingIsHonoured) {
  EXPECT_EQ(plan_text(plan({kFamily, kFamily}), false),
            "2 fields are honoured; --all shows them\n"
            "\n"
            "would run here, sent by the control plane at http://lab:5000\n");
}

TEST(PlanText, SaysWhatWouldBeWaitedForOrWhyNot) {
  local::PlanView waiting = plan({});
  waiting.waits_for = "tcp/80, held by arn:1";
  local::PlanView refused = plan({});
  refused.refusal = "not JSON";

  EXPECT_EQ(plan_text(waiting, false),
            "would run here, sent by the control plane at http://lab:5000, but now it would wait "
            "for tcp/80, held by arn:1\n");
  EXPECT_EQ(plan_text(refused, false),
            "would not run here, sent by the control plane at http://lab:5000: not JSON\n");
}

}  // namespace
}  // namespace berth::cli
