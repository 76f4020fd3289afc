// member_test.cpp - how a join ends, by table.
#include "cli/member.hpp"

#include <gmock/gmock.h>

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

const std::string kArn = "arn:aws:ecs:eu-west-1:123456789012:container-instance/web/1";

TEST(JudgeMember, WaitsUntilActiveAndSaysWhatIsMissing) {
  struct Case {
    local::MembershipView view;
    bool is_settled;
    Errc code;
    const char* text;
  };
  const Case cases[] = {
      {{"web", "", "", false, "no keys"}, false, Errc::TimedOut, "not registered: no keys"},
      {{"web", kArn, "ACTIVE", false, ""}, false, Errc::TimedOut, ", not connected\n"},
      {{"web", kArn, "REGISTERING", true, ""}, false, Errc::TimedOut, "which is REGISTERING"},
      {{"web", kArn, "", true, ""}, false, Errc::TimedOut, "no status that the control plane"},
      {{"web", kArn, "DRAINING", true, ""},
       true,
       Errc::Invalid,
       "aws ecs update-container-instances-state --cluster web --container-instances arn:aws:ecs:"
       "eu-west-1:123456789012:container-instance/web/1 --status ACTIVE"},
      {{"shop", kArn, "REGISTERING", true, ""}, true, Errc::Invalid, "has cluster shop"},
  };
  for (const Case& c : cases) {
    const auto judged = judge_member(c.view, "web", std::chrono::seconds(60));

    EXPECT_EQ(is_settled(c.view, "web"), c.is_settled) << c.text;
    ASSERT_TRUE(judged.failed_with(c.code)) << c.text;
    EXPECT_THAT(judged.error().message, HasSubstr(c.text));
  }
}

TEST(JudgeMember, IsContentWithAnActiveOne) {
  const local::MembershipView view{"web", kArn, "ACTIVE", true, "an old error"};

  const auto judged = judge_member(view, "web", std::chrono::seconds(60));

  EXPECT_TRUE(is_settled(view, "web"));
  ASSERT_TRUE(judged) << judged.error();
  EXPECT_EQ(*judged, "joined cluster web, connected as " + kArn);
}

}  // namespace
}  // namespace berth::cli
