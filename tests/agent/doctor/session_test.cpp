// session_test.cpp - what a berthd that runs says, and whom nobody is to ask.
#include "agent/doctor/session.hpp"

#include <gmock/gmock.h>

#include "tests/agent/doctor/verdicts.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::doctor {
namespace {

using local::MembershipView;

TEST(JudgeSession, TellsWhatIsAmissWithIt) {
  struct Case {
    Result<MembershipView> said;
    char verdict;
    const char* reason;
  };
  const Case cases[] = {
      {MembershipView{"web", "arn:1", "ACTIVE", true, "an old error"}, 'o', "up, as arn:1, ACTIVE"},
      {MembershipView{"web", "arn:1", "", true, ""}, 'o', "up, as arn:1"},
      {MembershipView{"web", "arn:1", "ACTIVE", false, "refused"}, 'e',
       "berthd runs and is not connected as arn:1: refused"},
      {MembershipView{"web", "", "", false, ""}, 'e',
       "berthd runs and is not registered in cluster web"},
      {Error{Errc::Unavailable, 0, "no socket"}, 'o',
       "not looked at: no berthd runs here (no socket)"},
      {Error{Errc::TimedOut, 0, "silent"}, '?', "silent"}};
  for (const Case& c : cases) {
    const Finding finding = judge_session(c.said);

    EXPECT_EQ(letter_of(finding.verdict), c.verdict) << c.reason;
    EXPECT_EQ(finding.reason, c.reason);
    EXPECT_EQ(finding.cure.empty(), c.verdict != 'e');
  }
}

TEST(JudgeUnasked, KeepsSystemdFromStartingAnything) {
  const std::pair<Unit, char> cases[] = {
      {{}, ' '},
      {{{"LoadState", "not-found"}, {"ActiveState", "inactive"}}, ' '},
      {{{"LoadState", "loaded"}, {"ActiveState", "active"}}, ' '},
      {{{"LoadState", "loaded"}, {"ActiveState", "reloading"}}, ' '},
      {{{"LoadState", "loaded"}, {"ActiveState", "activating"}}, 'o'},
      {{{"LoadState", "loaded"}, {"ActiveState", "inactive"}}, 'o'},
      {{{"LoadState", "loaded"}, {"ActiveState", "failed"}}, 'e'}};
  for (const auto& [unit, verdict] : cases) {
    UnitFacts facts;
    facts.units[kBerthd] = unit;

    const std::optional<Finding> finding = judge_unasked(facts);

    EXPECT_EQ(finding ? letter_of(finding->verdict) : ' ', verdict);
    if (finding) {
      EXPECT_TRUE(has_cures_where_needed({*finding}));
    }
  }
}

TEST(AskBerthd, FindsNobodyWhereThereIsNoSocket) {
  berth::testing::Loop loop;

  const auto said =
      loop.run(ask_berthd("/no/such/socket", Deadline::after(std::chrono::seconds(10))));

  EXPECT_TRUE(said.failed_with(Errc::NotFound)) << said.error();
}

}  // namespace
}  // namespace berth::doctor
