// apply_test.cpp - what an observation makes of the facts.
#include "agent/engine/apply.hpp"

#include <gtest/gtest.h>

#include "tests/agent/engine/seen.hpp"

namespace berth::engine {
namespace {

Facts running(std::vector<model::Container> containers) {
  Facts facts = fresh_facts(a_record(a_task(std::move(containers))));
  facts.record.cgroup_ready = facts.record.network_ready = true;
  facts.record.known = TaskStatus::Running;
  for (model::ContainerRecord& container : facts.record.containers) {
    container.known = ContainerStatus::Running;
    container.created_at = container.started_at = at_ms(1'000);
  }
  return facts;
}

TEST(Apply, StopsTheTaskWhenAnEssentialContainerEnds) {
  const Facts facts =
      see_end(running({a_container("web"), a_container("side")}), 0, {3, at_ms(9'000)});

  EXPECT_EQ(facts.record.goal, Goal::Stopped);
  EXPECT_EQ(facts.record.containers[0].exit, (model::Exit{3, at_ms(9'000)}));
  EXPECT_EQ(facts.record.execution_stopped_at, at_ms(9'000));
  EXPECT_EQ(facts.record.known, TaskStatus::Running);
}

TEST(Apply, LetsTheTaskGoOnWhenANonEssentialContainerEnds) {
  const Facts facts =
      see_end(running({a_container("web"), a_container("side", false)}), 1, {0, at_ms(9'000)});

  EXPECT_EQ(facts.record.goal, Goal::Running);
  EXPECT_EQ(facts.record.known, TaskStatus::Running);
}

TEST(Apply, TakesNoExitOfAnEarlierAttemptForItsOwn) {
  for (const auto known : {ContainerStatus::Pulled, ContainerStatus::Created}) {
    Facts facts = fresh_facts(a_record(a_task({a_container("web")})));
    facts.record.containers[0].known = known;

    facts = see(std::move(facts), ContainerExited{0, {137, at_ms(9'000)}});

    EXPECT_EQ(facts.record.containers[0].known, known);
    // Of a created one it may be the own process, a quick one: that is looked up.
    EXPECT_EQ(facts.looked, known == ContainerStatus::Pulled);
  }
}

TEST(Apply, KeepsTheFirstFault) {
  Facts facts = fresh_facts(a_record(a_task({a_container("web")})));
  const Step pull{StepKind::PullImage, 0};
  facts.in_flight.insert(pull);

  facts = see(std::move(facts), StepFailed{pull, Error{Errc::NotFound, 0, "manifest unknown"}});
  facts = see(std::move(facts), OutOfMemory{0});

  EXPECT_EQ(facts.record.containers[0].fault,
            (model::Fault{FaultKind::CannotPull, "manifest unknown"}));
  EXPECT_EQ(facts.record.known, TaskStatus::Stopped);
  EXPECT_FALSE(facts.record.containers[0].exit);
}

TEST(Apply, TellsWhatThePullFailedAtAndWhen) {
  for (const bool resolved : {false, true}) {
    Facts facts = fresh_facts(a_record(a_task({a_container("web")})));
    facts.in_flight.insert(Step{StepKind::PullImage, 0});

    facts =
        see(std::move(facts), ImageNotPulled{0, resolved, Error{Errc::Denied, 0, "no"}, at_ms(7)});

    EXPECT_EQ(facts.record.containers[0].fault,
              (model::Fault{resolved ? FaultKind::CannotPull : FaultKind::CannotResolve, "no"}));
    EXPECT_EQ(facts.record.pull_started_at, at_ms(7));
    EXPECT_TRUE(facts.record.pull_stopped_at);
    EXPECT_EQ(facts.record.known, TaskStatus::Stopped);
    EXPECT_TRUE(facts.in_flight.empty());
  }
}

TEST(Apply, TakesATimeOutAsSuchWhateverTheStep) {
  Facts facts = fresh_facts(a_record(a_task({a_container("web")})));
  const Step create{StepKind::CreateContainer, 0};
  facts.in_flight.insert(create);

  facts = see(std::move(facts), StepFailed{create, Error{Errc::TimedOut, 0, "no answer"}});

  EXPECT_EQ(facts.record.containers[0].fault->kind, FaultKind::TimedOut);
}

TEST(Apply, StopsAContainerWhoseStartMayHaveWorked) {
  Facts facts = fresh_facts(a_record(a_task({a_container("web")})));
  facts.record.containers[0].known = ContainerStatus::Created;
  const Step start{StepKind::StartContainer, 0};
  facts.in_flight.insert(start);

  facts = see(std::move(facts), StepFailed{start, Error{Errc::TimedOut, 0, "no answer"}});

  // It is killed either way; that it runs is not told, for nobody knows.
  EXPECT_EQ(facts.record.containers[0].known, ContainerStatus::Created);
  EXPECT_EQ(facts.record.goal, Goal::Stopped);
}

TEST(Apply, StopsWhatCanNeverStartWithCode143) {
  model::Container app = a_container("app");
  app.depends_on = {{"init", model::Condition::Success}};
  Facts facts = running({app, a_container("init", false)});
  facts.record.containers[0] = {};
  facts.record.containers[0].known = ContainerStatus::Pulled;

  facts = see_end(std::move(facts), 1, {1, at_ms(9'000)});

  EXPECT_EQ(facts.record.containers[0].exit->code, 143);
  EXPECT_EQ(facts.record.containers[0].fault->message,
            "failed to resolve container ordering dependency [init] for target [app] as "
            "dependency did not exit successfully.");
  EXPECT_EQ(facts.record.known, TaskStatus::Stopped);
}

TEST(Apply, FollowsEcsHealthRules) {
  struct Probe {
    std::int64_t ms;
    bool healthy;
    Health then;
  };
  struct Row {
    const char* what;
    std::int64_t start_period_ms;
    std::vector<Probe> probes;
  };
  const Row rows[] = {
      {"one success is enough", 0, {{2'000, true, Health::Healthy}}},
      {"retries failures make it unhealthy",
       0,
       {{2'000, false, Health::Unknown}, {3'000, false, Health::Unhealthy}}},
      {"a success between them starts the count anew",
       0,
       {{2'000, false, Health::Unknown},
        {3'000, true, Health::Healthy},
        {4'000, false, Health::Healthy},
        {5'000, false, Health::Unhealthy},
        {6'000, true, Health::Healthy}}},
      {"failures in the start period do not count",
       60'000,
       {{2'000, false, Health::Unknown},
        {3'000, false, Health::Unknown},
        {62'000, false, Health::Unknown},
        {63'000, false, Health::Unhealthy}}},
      {"after a success they count in the start period too",
       60'000,
       {{2'000, true, Health::Healthy},
        {3'000, false, Health::Healthy},
        {4'000, false, Health::Unhealthy}}},
  };
  for (const Row& row : rows) {
    model::Container web = a_container("web");
    web.health_check = model::HealthCheck{};
    web.health_check->retries = 2;
    web.health_check->start_period = std::chrono::milliseconds(row.start_period_ms);
    Facts facts = running({web});
    for (const Probe& probe : row.probes) {
      facts = see(std::move(facts), Probed{0, probe.healthy, ""}, at_ms(probe.ms));
      EXPECT_EQ(facts.record.containers[0].health, probe.then) << row.what << " at " << probe.ms;
    }
  }
}

TEST(Apply, FindsTrueExitsAfterARestart) {
  Facts facts = recovered_facts(running({a_container("web")}).record);
  Looked seen;
  seen.containers.push_back({ContainerLook::Kind::Stopped, model::Exit{7, at_ms(5'000)}});

  facts = see(std::move(facts), seen);
  facts = see(std::move(facts), ExitExamined{0, true, std::nullopt, 0});

  EXPECT_EQ(facts.record.containers[0].exit, (model::Exit{7, at_ms(5'000)}));
  EXPECT_EQ(facts.record.known, TaskStatus::Stopped);
}

TEST(Apply, CallsAContainerVanishedWhenNothingOfItIsLeft) {
  for (const auto kind : {ContainerLook::Kind::Absent, ContainerLook::Kind::Created}) {
    Facts facts = recovered_facts(running({a_container("web")}).record);
    Looked seen;
    seen.containers.push_back({kind, std::nullopt});

    facts = see(std::move(facts), seen);

    EXPECT_EQ(facts.record.containers[0].fault->kind, FaultKind::Vanished);
    EXPECT_EQ(facts.record.known, TaskStatus::Stopped);
  }
}

TEST(Apply, FindsWhatWasStartedJustBeforeACrash) {
  Facts facts = recovered_facts(a_record(a_task({a_container("web")})));
  facts.record.containers[0].known = ContainerStatus::Pulled;
  Looked seen;
  seen.containers.push_back({ContainerLook::Kind::Running, std::nullopt});
  seen.cgroup = seen.network = true;

  facts = see(std::move(facts), seen);

  EXPECT_EQ(facts.record.known, TaskStatus::Running);
  EXPECT_TRUE(facts.record.containers[0].created_at);
}

TEST(Apply, TakesNothingForReadyBecauseItIsThere) {
  using Kind = ContainerLook::Kind;
  struct Row {
    const char* what;
    bool was_ready;
    bool is_there;
    Kind other;
    bool then;
  };
  const Row rows[] = {
      {"made whole and still there", true, true, Kind::Absent, true},
      {"made whole and gone, as by a reboot", true, false, Kind::Absent, false},
      {"found after a crash, perhaps half made", false, true, Kind::Absent, false},
      {"the same, with what is left of a container", false, true, Kind::Created, false},
      {"the same, with a container that has ended", false, true, Kind::Stopped, false},
      {"the note of it was lost, a process proves it", false, true, Kind::Running, true},
      {"a process without any of it", true, false, Kind::Running, false},
      {"never begun", false, false, Kind::Absent, false},
  };
  for (const Row& row : rows) {
    model::Record record = a_record(a_task({a_container("web"), a_container("side", false)}));
    record.cgroup_ready = record.network_ready = row.was_ready;
    record.containers[0].known = record.containers[1].known = ContainerStatus::Pulled;
    Looked seen;
    seen.containers = {{Kind::Absent, std::nullopt}, {row.other, std::nullopt}};
    seen.cgroup = seen.network = row.is_there;

    const Facts facts = see(recovered_facts(std::move(record)), seen);

    EXPECT_EQ(facts.record.cgroup_ready, row.then) << row.what;
    EXPECT_EQ(facts.record.network_ready, row.then) << row.what;
  }
}

TEST(Apply, StopsATaskWhoseAddressSomebodyElseHas) {
  const Error taken{Errc::Exists, 0, "address 192.0.2.7 is in use by 02:11:22:33:44:55"};
  Facts facts = fresh_facts(a_record(a_task({a_container("web")})));
  facts.record.containers[0].known = ContainerStatus::Created;

  facts = see(std::move(facts), StepFailed{{StepKind::ClaimAddress, {}}, taken});

  EXPECT_EQ(facts.record.goal, Goal::Stopped);
  ASSERT_TRUE(facts.record.fault);
  EXPECT_EQ(facts.record.fault->kind, FaultKind::Network);
  EXPECT_EQ(facts.record.fault->message, taken.message);
}

TEST(Apply, ClaimsAnAddressAnewWithItsNetwork) {
  for (const bool is_there : {false, true}) {
    model::Record record = a_record(a_task({a_container("web")}));
    record.network_ready = record.address_claimed = true;
    Looked seen;
    seen.containers = {{ContainerLook::Kind::Absent, std::nullopt}};
    seen.network = is_there;

    const Facts facts = see(recovered_facts(std::move(record)), seen);

    EXPECT_EQ(facts.record.address_claimed, is_there);
  }
}

TEST(Apply, TakesARunningTaskOfBeforeForOneThatHasItsAddress) {
  model::Record record = a_record(a_task({a_container("web")}));
  record.containers[0].known = ContainerStatus::Running;
  Looked seen;
  seen.containers = {{ContainerLook::Kind::Running, std::nullopt}};
  seen.cgroup = seen.network = true;

  EXPECT_TRUE(see(recovered_facts(std::move(record)), seen).record.address_claimed);
}

TEST(Apply, StopsANeverStartedTaskWithoutTheWorld) {
  const Facts facts = see(fresh_facts(a_record(a_task({a_container("web")}))), StopRequested{});

  EXPECT_EQ(facts.record.known, TaskStatus::Stopped);
  EXPECT_FALSE(facts.record.containers[0].exit);
}

TEST(Apply, KeepsTheNodesReasonForStoppingATask) {
  model::Record record = a_record(a_task({a_container("web")}));
  record.admitted = true;

  const model::Fault drained{FaultKind::Drained, "the node is drained"};
  const model::Fault again{FaultKind::Network, "once more"};

  const Facts facts = see(fresh_facts(record), StopRequested{drained});
  const Facts later = see(facts, StopRequested{again});

  EXPECT_EQ(later.record.goal, Goal::Stopped);
  EXPECT_EQ(later.record.fault, drained);
}

TEST(Apply, StopsTheTaskOnAFailedPullWhenTheBehaviourSaysSo) {
  Facts facts = fresh_facts(a_record(a_task({a_container("web"), a_container("side", false)})));
  const Step pull{StepKind::PullImage, 1};
  facts.in_flight.insert(pull);
  const Observed failed{at_ms(10), StepFailed{pull, Error{Errc::NotFound, 0, "gone"}}};

  EXPECT_EQ(apply(facts, failed, false).record.goal, Goal::Running);
  EXPECT_EQ(apply(facts, failed, true).record.goal, Goal::Stopped);
}

}  // namespace
}  // namespace berth::engine
