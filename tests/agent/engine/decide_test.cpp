// decide_test.cpp - what is done next, by table, and that there is always an answer.
#include "agent/engine/decide.hpp"

#include <gtest/gtest.h>

#include "tests/agent/engine/seen.hpp"

namespace berth::engine {
namespace {

Facts facts_with(std::vector<ContainerStatus> known, Goal goal) {
  std::vector<model::Container> containers;
  for (std::size_t at = 0; at < known.size(); ++at) {
    containers.push_back(a_container("c" + std::to_string(at)));
  }
  Facts facts = fresh_facts(a_record(a_task(std::move(containers)), goal));
  for (std::size_t at = 0; at < known.size(); ++at) facts.record.containers[at].known = known[at];
  facts.record.admitted = facts.record.cgroup_ready = facts.record.network_ready = true;
  return facts;
}

TEST(Decide, TakesEachContainerOneStepOn) {
  struct Row {
    ContainerStatus known;
    Goal goal;
    Steps steps;
  };
  const Row rows[] = {
      {ContainerStatus::None, Goal::Running, {{StepKind::PullImage, 0}}},
      {ContainerStatus::Pulled, Goal::Running, {{StepKind::CreateContainer, 0}}},
      {ContainerStatus::Created, Goal::Running, {{StepKind::StartContainer, 0}}},
      {ContainerStatus::Running, Goal::Running, {}},
      {ContainerStatus::Stopped, Goal::Running, {}},
      {ContainerStatus::None, Goal::Stopped, {}},
      {ContainerStatus::Pulled, Goal::Stopped, {}},
      {ContainerStatus::Created, Goal::Stopped, {{StepKind::KillContainer, 0}}},
      {ContainerStatus::Running, Goal::Stopped, {{StepKind::SignalContainer, 0}}},
      {ContainerStatus::Stopped, Goal::Stopped, {}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(decide(facts_with({row.known}, row.goal)), row.steps)
        << name_of(row.known) << " towards " << name_of(row.goal);
  }
}

TEST(Decide, AnswersForEveryFactWithoutRepeatingWhatIsInFlight) {
  for (int known = 0; known <= 4; ++known) {
    for (int other = 0; other <= 4; ++other) {
      for (int bits = 0; bits < 128; ++bits) {
        Facts facts =
            facts_with({static_cast<ContainerStatus>(known), static_cast<ContainerStatus>(other)},
                       bits & 1 ? Goal::Running : Goal::Stopped);
        facts.looked = bits & 2;
        facts.record.cgroup_ready = bits & 4;
        facts.record.network_ready = bits & 8;
        facts.record.released = bits & 16;
        facts.cleanup_due = bits & 32;
        if (bits & 64) facts.record.known = TaskStatus::Stopped;

        const Steps first = decide(facts);
        for (const Step& step : first) facts.in_flight.insert(step);

        EXPECT_EQ(facts.in_flight.size(), first.size());
        for (const Step& step : decide(facts)) EXPECT_FALSE(facts.in_flight.contains(step));
      }
    }
  }
}

TEST(Decide, PullsWhileNetworkAndCgroupAreMade) {
  Facts facts = facts_with({ContainerStatus::None}, Goal::Running);
  facts.record.cgroup_ready = facts.record.network_ready = false;

  EXPECT_EQ(decide(facts), (Steps{{StepKind::CreateCgroup, {}},
                                  {StepKind::CreateNetwork, {}},
                                  {StepKind::PullImage, 0}}));
}

TEST(Decide, CreatesNothingBeforeNetworkAndCgroup) {
  for (const bool cgroup : {false, true}) {
    Facts facts = facts_with({ContainerStatus::Pulled}, Goal::Running);
    facts.record.cgroup_ready = cgroup;
    facts.record.network_ready = !cgroup;

    for (const Step& step : decide(facts)) EXPECT_NE(step.kind, StepKind::CreateContainer);
  }
}

TEST(Decide, ClaimsAnAddressBesideTheCreationAndBeforeTheStart) {
  for (const char* driver : {"macvlan", "vlan", "hotplug", "lan-routed"}) {
    Facts facts = facts_with({ContainerStatus::Pulled, ContainerStatus::Created}, Goal::Running);
    facts.record.task.network_mode = model::NetworkMode::Awsvpc;
    facts.record.placement.eni_access.driver = driver;

    EXPECT_EQ(decide(facts), (Steps{{StepKind::ClaimAddress, {}}, {StepKind::CreateContainer, 0}}));
    facts.record.address_claimed = true;
    EXPECT_EQ(decide(facts),
              (Steps{{StepKind::CreateContainer, 0}, {StepKind::StartContainer, 1}}));
  }
}

TEST(Decide, ClaimsNoAddressThatIsNotOfALan) {
  for (const char* driver : {"bridge", "cni"}) {
    Facts facts = facts_with({ContainerStatus::Created}, Goal::Running);
    facts.record.task.network_mode = model::NetworkMode::Awsvpc;
    facts.record.placement.eni_access.driver = driver;

    EXPECT_EQ(decide(facts), (Steps{{StepKind::StartContainer, 0}}));
  }
}

TEST(Decide, LooksForNoOtherOwnerWhenTheTaskIsToStop) {
  Facts facts = facts_with({ContainerStatus::Created}, Goal::Stopped);

  EXPECT_TRUE(is_moot(facts, {StepKind::ClaimAddress, {}}));
}

TEST(Decide, WaitsForADependencyToBeHealthy) {
  Facts facts = facts_with({ContainerStatus::Running, ContainerStatus::Pulled}, Goal::Running);
  facts.record.task.containers[0].health_check = model::HealthCheck{};
  facts.record.task.containers[1].depends_on = {{"c0", model::Condition::Healthy}};

  EXPECT_EQ(decide(facts), (Steps{{StepKind::CheckHealth, 0}}));
  facts.record.containers[0].health = model::Health::Healthy;
  EXPECT_EQ(decide(facts), (Steps{{StepKind::CheckHealth, 0}, {StepKind::CreateContainer, 1}}));
}

TEST(Decide, StopsADependencyAfterThoseThatNeedIt) {
  Facts facts = facts_with({ContainerStatus::Running, ContainerStatus::Running}, Goal::Stopped);
  facts.record.task.containers[1].depends_on = {{"c0", model::Condition::Start}};

  EXPECT_EQ(decide(facts), (Steps{{StepKind::SignalContainer, 1}}));
  facts.record.containers[1].known = ContainerStatus::Stopped;
  EXPECT_EQ(decide(facts), (Steps{{StepKind::SignalContainer, 0}}));
}

TEST(Decide, EscalatesFromSignalToKillToALook) {
  Facts facts = facts_with({ContainerStatus::Running}, Goal::Stopped);

  facts.memory[0].signalled = true;
  EXPECT_EQ(decide(facts), (Steps{{StepKind::KillContainer, 0}}));
  facts.memory[0].killed = true;
  EXPECT_EQ(decide(facts), (Steps{{StepKind::ConfirmExit, 0}}));
}

TEST(Decide, LooksFirstAfterARestartAndNeverBesideAStart) {
  Facts facts = facts_with({ContainerStatus::Created}, Goal::Running);
  facts.looked = false;

  EXPECT_EQ(decide(facts), (Steps{{StepKind::Look, {}}}));
  facts.in_flight.insert({StepKind::StartContainer, 0});
  EXPECT_EQ(decide(facts), Steps{});
}

TEST(Decide, ReleasesThenWaitsThenCleansOnceTheReportIsTaken) {
  Facts facts = facts_with({ContainerStatus::Stopped}, Goal::Stopped);
  facts.record.known = TaskStatus::Stopped;

  EXPECT_EQ(decide(facts), (Steps{{StepKind::Release, {}}}));
  facts.record.released = true;
  EXPECT_EQ(decide(facts), (Steps{{StepKind::AwaitCleanup, {}}}));
  facts.cleanup_due = true;
  EXPECT_EQ(decide(facts), Steps{});
  facts.record.final_accepted = true;
  EXPECT_EQ(decide(facts), (Steps{{StepKind::Clean, {}}}));
}

}  // namespace
}  // namespace berth::engine
