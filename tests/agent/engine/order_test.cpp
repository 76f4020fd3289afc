// order_test.cpp - dependsOn, there and back.
#include "agent/engine/order.hpp"

#include <gtest/gtest.h>

#include "tests/agent/engine/seen.hpp"

namespace berth::engine {
namespace {

using model::Condition;

Facts pair_of(Condition condition, ContainerStatus known) {
  model::Container app = a_container("app");
  app.depends_on = {{"db", condition}};
  model::Container db = a_container("db", false);
  db.health_check = model::HealthCheck{};
  Facts facts = fresh_facts(a_record(a_task({app, db})));
  facts.record.admitted = facts.record.cgroup_ready = facts.record.network_ready = true;
  facts.record.containers[0].known = ContainerStatus::Pulled;
  facts.record.containers[1].known = known;
  return facts;
}

TEST(Readiness, FollowsEachCondition) {
  constexpr auto kRunning = ContainerStatus::Running;
  constexpr auto kStopped = ContainerStatus::Stopped;
  struct Row {
    Condition condition;
    ContainerStatus known;
    std::optional<int> exit;
    Health health;
    bool timed_out;
    bool ready;
    bool never;
  };
  const Row rows[] = {
      {Condition::Start, ContainerStatus::Created, {}, Health::Unknown, false, false, false},
      {Condition::Start, kRunning, {}, Health::Unknown, true, true, false},
      {Condition::Start, kStopped, 1, Health::Unknown, false, true, false},
      {Condition::Start, kStopped, {}, Health::Unknown, false, false, true},
      {Condition::Complete, kRunning, {}, Health::Unknown, false, false, false},
      {Condition::Complete, kRunning, {}, Health::Unknown, true, false, true},
      {Condition::Complete, kStopped, 1, Health::Unknown, true, true, false},
      {Condition::Complete, kStopped, {}, Health::Unknown, false, false, true},
      {Condition::Success, kRunning, {}, Health::Unknown, true, false, true},
      {Condition::Success, kStopped, 0, Health::Unknown, false, true, false},
      {Condition::Success, kStopped, 1, Health::Unknown, false, false, true},
      {Condition::Success, kStopped, {}, Health::Unknown, false, false, true},
      {Condition::Healthy, kRunning, {}, Health::Unknown, false, false, false},
      {Condition::Healthy, kRunning, {}, Health::Unhealthy, false, false, false},
      {Condition::Healthy, kRunning, {}, Health::Unhealthy, true, false, true},
      {Condition::Healthy, kRunning, {}, Health::Healthy, true, true, false},
      {Condition::Healthy, kStopped, 0, Health::Healthy, false, false, true},
  };
  for (const Row& row : rows) {
    Facts facts = pair_of(row.condition, row.known);
    if (row.exit) facts.record.containers[1].exit = model::Exit{*row.exit, {}};
    facts.record.containers[1].health = row.health;
    facts.memory[1].start_timed_out = row.timed_out;

    const Readiness readiness = readiness_of(facts, 0);

    const auto where = &row - rows;
    EXPECT_EQ(readiness.ready, row.ready) << "row " << where;
    EXPECT_EQ(readiness.never.has_value(), row.never) << "row " << where;
    EXPECT_EQ(readiness.waits_for.empty(), row.ready || row.never) << "row " << where;
  }
}

TEST(StartTimeout, IsWaitedForOnlyWhileSomebodyWaits) {
  Facts facts = pair_of(Condition::Healthy, ContainerStatus::Running);
  facts.record.task.containers[1].start_timeout = std::chrono::seconds(5);
  const Step wait{StepKind::AwaitStartTimeout, 1};

  EXPECT_EQ(decide(facts), (std::vector<Step>{{StepKind::CheckHealth, 1}, wait}));
  EXPECT_FALSE(is_moot(facts, wait));
  facts.record.containers[0].known = ContainerStatus::Running;
  EXPECT_EQ(decide(facts), (std::vector<Step>{{StepKind::CheckHealth, 1}}));
  EXPECT_TRUE(is_moot(facts, wait));
}

TEST(StartTimeout, StopsTheOneThatWaitsWithCode143) {
  Facts facts = pair_of(Condition::Healthy, ContainerStatus::Running);

  facts = apply(std::move(facts), Observed{{}, StartTimedOut{1}}, false);

  EXPECT_EQ(facts.record.containers[0].exit->code, 143);
  EXPECT_EQ(facts.record.containers[0].fault->message,
            "container ordering dependency [db] for target [app] has timed out.");
  EXPECT_EQ(facts.record.goal, model::Goal::Stopped);
}

TEST(MayStop, WaitsForAllThatDependOnIt) {
  // c needs b, b needs a; d needs a, too.
  std::vector<model::Container> containers{a_container("a"), a_container("b"), a_container("c"),
                                           a_container("d")};
  containers[1].depends_on = {{"a", Condition::Start}};
  containers[2].depends_on = {{"b", Condition::Start}};
  containers[3].depends_on = {{"a", Condition::Start}};
  const model::Record all = a_record(a_task(containers));
  struct Row {
    std::vector<std::size_t> stopped;
    std::vector<std::size_t> may_stop;
  };
  const Row rows[] = {
      {{}, {2, 3}},  {{2}, {1, 3}},    {{1}, {2, 3}},  // b ended by itself; a still waits for c
      {{1, 2}, {3}}, {{1, 2, 3}, {0}},
  };
  for (const Row& row : rows) {
    model::Record record = all;
    for (model::ContainerRecord& one : record.containers) one.known = ContainerStatus::Running;
    for (const std::size_t at : row.stopped) record.containers[at].known = ContainerStatus::Stopped;

    for (std::size_t at = 0; at < 4; ++at) {
      if (record.containers[at].known == ContainerStatus::Stopped) continue;
      const bool listed =
          std::find(row.may_stop.begin(), row.may_stop.end(), at) != row.may_stop.end();
      EXPECT_EQ(may_stop(record, at), listed) << "row " << &row - rows << " container " << at;
    }
  }
}

}  // namespace
}  // namespace berth::engine
