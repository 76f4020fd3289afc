// preflight_test.cpp - which findings of berthd --doctor keep a machine from joining.
#include "cli/preflight.hpp"

#include <gmock/gmock.h>

namespace berth::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const CheckResult kFine{"endpoint", "DNS", "ok", "lab is 10.0.0.1", ""};

TEST(Preflight, EndsAtWhatANodeCannotJoinWithout) {
  struct Case {
    const char* area;
    const char* what;
    const char* verdict;
    bool fails;
    bool fails_without_keys;
  };
  const Case cases[] = {
      {"endpoint", "DNS", "error", true, true},
      {"endpoint", "TCP", "error", true, true},
      {"endpoint", "TLS", "error", true, true},
      {"endpoint", "HTTP", "error", true, true},
      {"endpoint", "auth", "error", true, false},
      {"endpoint", "TLS", "unknown", false, false},
      {"clock", "skew", "error", true, true},
      {"clock", "skew", "warning", false, false},
      {"containerd", "socket", "error", true, true},
      {"cgroups", "memory controller", "error", true, true},
      {"configuration", "region", "error", true, true},
      {"credentials", "place", "error", true, false},
      {"privileges", "root", "error", true, true},
      {"other agents", "ecs.service", "error", true, true},
      {"kernel", "macvlan", "error", false, false},
      {"disk", "data directory", "error", false, false},
      {"session", "control plane", "error", false, false},
  };
  for (const Case& c : cases) {
    const std::vector<CheckResult> checks{kFine, {c.area, c.what, c.verdict, "seen", "do it"}};
    const auto all = judge_for_join(checks, Stage::All);
    EXPECT_EQ(!all, c.fails) << c.area << c.what;
    EXPECT_EQ(!judge_for_join(checks, Stage::WithoutKeys), c.fails_without_keys)
        << c.area << c.what;
    if (all) continue;
    EXPECT_EQ(all.error().message, std::string(c.area) + ", " + c.what + ": seen\n    cure: do it");
  }
}

TEST(Preflight, NamesEachCheckThatFailed) {
  const auto judged = judge_for_join({{"clock", "skew", "error", "off by a day", ""},
                                      kFine,
                                      {"cgroups", "version", "error", "none", "mount them"}},
                                     Stage::All);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().message,
            "clock, skew: off by a day\n  cgroups, version: none\n    cure: mount them");
}

TEST(Preflight, ReadsWhatTheDoctorPrints) {
  const auto checks = read_checks(
      R"({"checks":[{"area":"a","what":"w","verdict":"warning","reason":"r","cure":"c"}],"counts":{}})");
  ASSERT_TRUE(checks) << checks.error();
  ASSERT_EQ(checks->size(), 1u);
  EXPECT_EQ(checks->front().verdict, "warning");
  for (const char* bad : {"", "{}", R"({"checks":[]})", R"({"checks":[{"area":1}]})", "nonsense"}) {
    EXPECT_TRUE(read_checks(bad).failed_with(Errc::Invalid)) << bad;
  }
}

TEST(Preflight, CountsWhatThereIs) {
  CheckResult warning = kFine;
  warning.verdict = "warning";
  CheckResult error = kFine;
  error.verdict = "error";
  EXPECT_EQ(summary_of({kFine}), "1 checks: 1 ok");
  EXPECT_EQ(summary_of({kFine, warning, warning, error}),
            "4 checks: 1 ok, 2 warnings, 1 error (berth doctor shows them)");
}

}  // namespace
}  // namespace berth::cli
