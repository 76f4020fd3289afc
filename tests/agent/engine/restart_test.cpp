// restart_test.cpp - what an exit leads to: an examination, a restart, the end.
#include <gtest/gtest.h>

#include "tests/agent/engine/seen.hpp"

namespace berth::engine {
namespace {

/// Runs since 1000 s; started again when it has run for a minute, unless it ends with 0.
Facts running_with_policy() {
  model::Container container = a_container("web");
  container.restart_policy = model::RestartPolicy{{0}, std::chrono::seconds(60)};
  Facts facts = fresh_facts(a_record(a_task({container})));
  facts.record.admitted = facts.record.cgroup_ready = facts.record.network_ready = true;
  facts.record.known = TaskStatus::Running;
  facts.record.containers[0].known = ContainerStatus::Running;
  facts.record.containers[0].created_at = facts.record.containers[0].started_at = at_s(1'000);
  return facts;
}

TEST(Restart, LooksIntoAnExitBeforeItMeansAnything) {
  const Facts facts = see(running_with_policy(), ContainerExited{0, {1, at_s(2'000)}});

  EXPECT_EQ(facts.record.goal, Goal::Running);
  EXPECT_EQ(facts.record.containers[0].known, ContainerStatus::Running);
  EXPECT_EQ(decide(facts), (Steps{{StepKind::ExamineExit, 0}}));
}

TEST(Restart, FollowsThePolicy) {
  struct Row {
    const char* what;
    int code;
    std::int64_t exit_s;
    std::optional<std::int64_t> restarted_s;
    bool again;
  };
  const Row rows[] = {
      {"it ran long enough", 1, 1'060, {}, true},
      {"a millisecond is missing", 1, 1'059, {}, false},
      {"its code is ignored", 0, 2'000, {}, false},
      {"a signal is a code like any other", 137, 2'000, {}, true},
      {"the time counts from the last restart", 1, 2'030, 2'000, false},
      {"and is over again", 1, 2'060, 2'000, true},
      {"it counts to the exit, not to when it is heard of", 1, 1'030, {}, false},
  };
  for (const Row& row : rows) {
    Facts facts = running_with_policy();
    if (row.restarted_s) facts.record.containers[0].restarted_at = at_s(*row.restarted_s);

    facts = see_end(std::move(facts), 0, {row.code, at_s(row.exit_s)});

    EXPECT_EQ(facts.record.containers[0].restarting, row.again) << row.what;
    EXPECT_EQ(facts.record.goal, row.again ? Goal::Running : Goal::Stopped) << row.what;
    const StepKind next = row.again ? StepKind::RestartContainer : StepKind::Release;
    ASSERT_EQ(decide(facts).size(), 1U) << row.what;
    EXPECT_EQ(decide(facts)[0].kind, next) << row.what;
  }
}

TEST(Restart, CountsAndStartsHealthAnew) {
  Facts facts = see_end(running_with_policy(), 0, {1, at_s(2'000)});
  facts.record.containers[0].health = model::Health::Unhealthy;

  facts = see(std::move(facts), ContainerRestarted{0}, at_s(2'001));

  const model::ContainerRecord& container = facts.record.containers[0];
  EXPECT_EQ(container.restarts, 1);
  EXPECT_EQ(container.restarted_at, at_s(2'001));
  EXPECT_EQ(container.started_at, at_s(1'000));
  EXPECT_EQ(container.health, model::Health::Unknown);
  EXPECT_FALSE(container.ended || container.exit || container.restarting);
  EXPECT_EQ(facts.record.known, TaskStatus::Running);
}

TEST(Restart, EndsForGoodWhenItCannotBeStarted) {
  Facts facts = see_end(running_with_policy(), 0, {1, at_s(2'000)});
  const Step restart{StepKind::RestartContainer, 0};
  facts.in_flight.insert(restart);

  facts = see(std::move(facts), StepFailed{restart, Error{Errc::NotFound, 0, "snapshot gone"}});

  EXPECT_EQ(facts.record.known, TaskStatus::Stopped);
  EXPECT_EQ(facts.record.containers[0].exit, (model::Exit{1, at_s(2'000)}));
  EXPECT_EQ(facts.record.containers[0].fault,
            (model::Fault{FaultKind::CannotStart, "snapshot gone"}));
}

TEST(Restart, IsNotWantedOfATaskThatStops) {
  Facts facts = see_end(running_with_policy(), 0, {1, at_s(2'000)});

  facts = see(std::move(facts), StopRequested{});

  EXPECT_EQ(facts.record.known, TaskStatus::Stopped);
  EXPECT_EQ(facts.record.containers[0].exit, (model::Exit{1, at_s(2'000)}));
}

TEST(Restart, GoesOnAfterACrashWhereverItWasCutShort) {
  using Kind = ContainerLook::Kind;
  struct Row {
    Kind found;
    int restarts;
    Steps next;
  };
  const Row rows[] = {
      {Kind::Stopped, 0, {{StepKind::RestartContainer, 0}}},
      {Kind::Absent, 0, {{StepKind::RestartContainer, 0}}},
      {Kind::Created, 0, {{StepKind::RestartContainer, 0}}},
      {Kind::Running, 1, {}},
  };
  for (const Row& row : rows) {
    Facts facts = recovered_facts(see_end(running_with_policy(), 0, {1, at_s(2'000)}).record);
    Looked seen;
    seen.containers = {{row.found, std::nullopt}};
    seen.cgroup = seen.network = true;

    facts = see(std::move(facts), seen);

    EXPECT_EQ(facts.record.containers[0].restarts, row.restarts);
    EXPECT_EQ(facts.record.goal, Goal::Running);
    EXPECT_EQ(decide(facts), row.next);
  }
}

TEST(Restart, TakesAnExitHeardDuringARestartForWorthALook) {
  Facts facts = see_end(running_with_policy(), 0, {1, at_s(2'000)});
  facts.in_flight.insert({StepKind::RestartContainer, 0});

  facts = see(std::move(facts), ContainerExited{0, {2, at_s(2'001)}}, at_s(2'001));
  facts = see(std::move(facts), ContainerRestarted{0}, at_s(2'002));

  EXPECT_EQ(decide(facts), (Steps{{StepKind::Look, {}}}));
}

TEST(OutOfMemory, IsTheReasonOfTheEndAndNotOfARestart) {
  for (const int code : {137, 0}) {
    Facts facts = see(running_with_policy(), ContainerExited{0, {code, at_s(2'000)}});

    facts =
        see(std::move(facts), ExitExamined{0, true, model::OutOfMemory{2, 64 << 20, 63 << 20}, 0});

    const model::ContainerRecord& container = facts.record.containers[0];
    EXPECT_EQ(container.out_of_memory, (model::OutOfMemory{2, 64 << 20, 63 << 20}));
    EXPECT_EQ(container.restarting, code == 137);
    EXPECT_EQ(container.fault.has_value(), code == 0);
  }
}

TEST(OutOfMemory, IsBelievedToTheEngineOnlyWhereTheCgroupIsGone) {
  for (const bool found : {true, false}) {
    Facts facts = see(running_with_policy(), OutOfMemory{0});
    facts = see(std::move(facts), ContainerExited{0, {0, at_s(2'000)}});

    facts = see(std::move(facts), ExitExamined{0, found, std::nullopt, 0});

    EXPECT_EQ(facts.record.containers[0].out_of_memory.has_value(), !found);
  }
}

/// systemd takes an empty container's cgroup away at once; the task's keeps the sum.
TEST(OutOfMemory, IsCountedInTheTaskWhereTheCgroupIsGone) {
  const model::OutOfMemory so_far{3, 64 << 20, std::nullopt};
  struct Row {
    int code;
    bool told;
    std::uint64_t before;
    std::optional<std::uint64_t> kills;
  };
  for (const Row& row : std::vector<Row>{{137, false, 1, 2},
                                         {0, true, 1, 2},
                                         {0, false, 1, std::nullopt},
                                         {137, false, 3, std::nullopt},
                                         {137, true, 3, 1}}) {
    Facts facts = running_with_policy();
    facts.record.memory_kills = row.before;
    if (row.told) facts = see(std::move(facts), OutOfMemory{0});
    facts = see(std::move(facts), ContainerExited{0, {row.code, at_s(2'000)}});

    facts = see(std::move(facts), ExitExamined{0, false, std::nullopt, 0, so_far});

    const auto& verdict = facts.record.containers[0].out_of_memory;
    ASSERT_EQ(verdict.has_value(), row.kills.has_value()) << row.code << row.told << row.before;
    EXPECT_EQ(verdict ? verdict->kills : 0, row.kills.value_or(0));
    EXPECT_EQ(facts.record.memory_kills, 3U);
  }
}

TEST(OutOfMemory, OfTheTaskIsNotThatOfAContainerWhoseCgroupWasRead) {
  Facts facts = see(running_with_policy(), ContainerExited{0, {137, at_s(2'000)}});

  facts =
      see(std::move(facts), ExitExamined{0, true, std::nullopt, 0, model::OutOfMemory{3, {}, {}}});

  EXPECT_FALSE(facts.record.containers[0].out_of_memory);
  EXPECT_EQ(facts.record.memory_kills, 3U);
}

TEST(Reboot, EndsWhatRanAndStartsWhatDidNotRunYet) {
  Facts ran = running_with_policy();
  Facts waited = running_with_policy();
  waited.record.known = TaskStatus::Pulled;
  waited.record.containers[0] = {};
  waited.record.containers[0].known = ContainerStatus::Created;

  ran = see(recovered_facts(ran.record), Rebooted{"b2"});
  waited = see(recovered_facts(waited.record), Rebooted{"b2"});
  Looked nothing;
  nothing.containers = {{}};
  ran = see(std::move(ran), nothing);
  waited = see(std::move(waited), nothing);

  EXPECT_EQ(ran.record.known, TaskStatus::Stopped);
  EXPECT_EQ(ran.record.containers[0].fault->kind, FaultKind::Rebooted);
  EXPECT_FALSE(ran.record.containers[0].exit);
  EXPECT_EQ(waited.record.goal, Goal::Running);
  EXPECT_EQ(decide(waited), (Steps{{StepKind::CreateCgroup, {}}, {StepKind::CreateNetwork, {}}}));
}

TEST(Reboot, KeepsAnExitThatWasSeenBefore) {
  Facts facts = see(running_with_policy(), ContainerExited{0, {3, at_s(2'000)}});

  facts = see(recovered_facts(facts.record), Rebooted{"b2"});

  EXPECT_EQ(facts.record.containers[0].exit, (model::Exit{3, at_s(2'000)}));
  EXPECT_FALSE(facts.record.containers[0].fault);
}

TEST(Stopping, GivesUpAContainerThatNoKillEnds) {
  Facts facts = see(running_with_policy(), StopRequested{});
  int kills = 0;
  for (; facts.record.known != TaskStatus::Stopped && kills < 100; ++kills) {
    facts.in_flight.clear();
    facts = see(std::move(facts), Killed{0});
    facts = see(std::move(facts), ContainerLooked{0, {ContainerLook::Kind::Running, {}}});
  }

  EXPECT_EQ(kills, 24);
  EXPECT_EQ(facts.record.containers[0].fault->kind, FaultKind::CannotStop);
}

TEST(Stopping, KillsAtOnceWhenTheEngineNeverTookTheStopSignal) {
  Facts facts = see(running_with_policy(), StopRequested{});
  const Step signal{StepKind::SignalContainer, 0};

  facts = see(std::move(facts), StepFailed{signal, Error{Errc::TimedOut, 0, "no answer"}});

  EXPECT_EQ(decide(facts), (Steps{{StepKind::KillContainer, 0}}));
  EXPECT_FALSE(facts.record.containers[0].stop_signalled_at);  // nothing to wait for
}

}  // namespace
}  // namespace berth::engine
