// units_test.cpp - systemd's words, and what to make of them.
#include "agent/doctor/units.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/agent/doctor/verdicts.hpp"
#include "tests/fakes/scratch.hpp"

namespace berth::doctor {
namespace {

using namespace std::chrono_literals;

UnitFacts well() {
  UnitFacts facts;
  facts.has_systemd = true;
  facts.units["containerd.service"] = {{"LoadState", "loaded"}, {"KillMode", "process"}};
  facts.units["berthd.service"] = {{"LoadState", "loaded"},
                                   {"After", "basic.target containerd.service network.target"}};
  facts.units["ecs.service"] = {{"LoadState", "not-found"}, {"ActiveState", "inactive"}};
  facts.inhibit_delay = 45s;
  return facts;
}

std::string verdicts(const UnitFacts& facts) {
  const Findings findings = judge_units(facts, 30s);
  EXPECT_TRUE(has_cures_where_needed(findings));
  return verdicts_of(findings);
}

TEST(JudgeUnits, FindsNothingOnAWellKeptHost) {
  EXPECT_EQ(verdicts(well()),
            "KillMode of containerd.service o, order o, logind's delay o, ecs.service o");
}

TEST(JudgeUnits, TellsWhatEndsContainersTooSoon) {
  UnitFacts facts = well();
  facts.units["containerd.service"]["KillMode"] = "control-group";
  facts.units["berthd.service"]["After"] = "my-containerd.service";
  facts.inhibit_delay = 5s;

  EXPECT_EQ(verdicts(facts),
            "KillMode of containerd.service e, order e, logind's delay w, ecs.service o");
}

TEST(JudgeUnits, GivesBerthdTimeBesideTheStopTimeout) {
  UnitFacts facts = well();
  facts.inhibit_delay = 45s - 1us;

  const Finding short_of_it = find(judge_units(facts, 30s), "logind's delay");

  EXPECT_EQ(short_of_it.verdict, Verdict::Warning);
  EXPECT_NE(short_of_it.cure.find("InhibitDelayMaxSec=45 "), std::string::npos) << short_of_it.cure;
  EXPECT_EQ(find(judge_units(well(), 29'500ms), "logind's delay").verdict, Verdict::Ok);
}

TEST(JudgeUnits, KnowsWhatItCannotTell) {
  UnitFacts facts;
  facts.has_systemd = true;
  EXPECT_EQ(verdicts(facts),
            "KillMode of containerd.service ?, order w, logind's delay ?, ecs.service o");

  facts.failure = "/usr/bin/systemctl: no such program";
  EXPECT_EQ(verdicts(facts), "KillMode of containerd.service ?, order ?, ecs.service o");

  EXPECT_EQ(verdicts({}), "KillMode of containerd.service o, order o, ecs.service o");
}

TEST(JudgeUnits, FindsNothingAmissWithoutLogind) {
  UnitFacts facts = well();
  facts.inhibit_delay.reset();
  const std::vector<std::pair<Unit, std::string>> kinds = {
      {{{"LoadState", "masked"}, {"ActiveState", "inactive"}}, "logind is masked"},
      {{{"LoadState", "not-found"}, {"ActiveState", "inactive"}}, "logind is not installed"},
      {{{"LoadState", "loaded"}, {"ActiveState", "inactive"}}, "logind does not run"},
  };
  for (const auto& [unit, reason] : kinds) {
    facts.units["systemd-logind.service"] = unit;
    const Finding finding = find(judge_units(facts, 30s), "logind's delay");
    EXPECT_EQ(finding.verdict, Verdict::Ok) << reason;
    EXPECT_EQ(finding.reason.substr(0, finding.reason.find(':')), reason);
  }
  facts.units["systemd-logind.service"] = {{"LoadState", "loaded"}, {"ActiveState", "active"}};
  EXPECT_EQ(find(judge_units(facts, 30s), "logind's delay").verdict, Verdict::Unknown);
}

TEST(JudgeUnits, RefusesASecondAgent) {
  for (const char* state : {"active", "activating"}) {
    UnitFacts facts = well();
    facts.units["ecs.service"]["ActiveState"] = state;
    EXPECT_EQ(find(judge_units(facts, 30s), "ecs.service").verdict, Verdict::Error) << state;
  }
  UnitFacts facts;
  facts.ecs_processes = {"amazon-ecs-init (pid 7)"};
  EXPECT_EQ(find(judge_units(facts, 30s), "ecs.service").reason, "amazon-ecs-init (pid 7) runs");
}

TEST(UnitsIn, AreDividedByEmptyLines) {
  const auto units = units_in({"Id=a.service", "After=b c=d", "", "Id=b.service", "After="});

  EXPECT_EQ(units,
            (std::map<std::string, Unit>{{"a.service", {{"Id", "a.service"}, {"After", "b c=d"}}},
                                         {"b.service", {{"Id", "b.service"}, {"After", ""}}}}));
}

TEST(MicrosecondsIn, ReadsWhatBusctlPrints) {
  EXPECT_EQ(microseconds_in("t 5000000"), 5s);
  for (const char* line : {"s \"5000000\"", "t", "", "t 5s"}) {
    EXPECT_EQ(microseconds_in(line), std::nullopt) << line;
  }
}

TEST(EcsProcessesIn, AreFoundByName) {
  const berth::testing::Scratch proc;
  for (const char* one : {"1", "812", "self"}) {
    std::filesystem::create_directory(proc.path(one));
  }
  proc.write("1/comm", "systemd\n");
  proc.write("812/comm", "amazon-ecs-init\n");
  proc.write("self/comm", "amazon-ecs-init\n");

  EXPECT_EQ(ecs_processes_in(Dir::open(proc.path()).value()),
            std::vector<std::string>{"amazon-ecs-init (pid 812)"});
}

}  // namespace
}  // namespace berth::doctor
