// life_test.cpp - whole lives of tasks in a simulated world, thousands of them, by seed.
#include <gtest/gtest.h>

#include "tests/agent/engine/seen.hpp"
#include "tests/agent/engine/world.hpp"

namespace berth::engine {
namespace {

using testing::World;

constexpr int kMostMoves = 2'000;

model::Record random_record(Random& random) {
  std::vector<model::Container> containers;
  const std::size_t count = 1 + random.below(4);
  for (std::size_t at = 0; at < count; ++at) {
    model::Container container = a_container("c" + std::to_string(at), at == 0 || random.below(2));
    if (random.below(2) == 0) container.health_check = model::HealthCheck{};
    if (random.below(3) == 0) container.start_timeout = std::chrono::seconds(5);
    if (random.below(3) == 0) {
      container.restart_policy = model::RestartPolicy{{0}, std::chrono::seconds(random.below(2))};
    }
    if (at > 0 && random.below(2) == 0) {
      const auto other = random.below(at);
      auto condition = static_cast<model::Condition>(random.below(4));
      const bool checked = containers[other].health_check.has_value();
      if (condition == model::Condition::Healthy && !checked) condition = model::Condition::Start;
      container.depends_on.push_back({"c" + std::to_string(other), condition});
    }
    containers.push_back(std::move(container));
  }
  model::Record record = a_record(a_task(std::move(containers)));
  if (random.below(2) == 0) {
    record.task.network_mode = model::NetworkMode::Awsvpc;
    record.placement.eni_access.driver = "macvlan";
  }
  return record;
}

/// One move of the world: mostly steps, sometimes something unasked for.
void move(World& world) {
  const auto dice = world.random().below(100);
  const std::size_t at = world.random().below(world.containers.size());
  if (dice < 3) {
    world.exit_by_itself(at, static_cast<int>(world.random().below(3)));
  } else if (dice < 5) {
    world.see(LookAgain{});
  } else if (dice < 6) {
    world.crash();
  } else if (dice < 7) {
    world.see(OutOfMemory{at});
  } else if (dice < 8 && world.random().below(4) == 0) {
    world.reboot();
  } else {
    world.complete_one();
  }
}

void run_until_over(World& world, int stop_after_moves) {
  for (int moves = 0; moves < kMostMoves; ++moves) {
    if (moves == stop_after_moves) world.see(StopRequested{});
    if (world.facts.record.known == TaskStatus::Stopped) world.see(FinalAccepted{});
    if (!world.begin()) return;
    move(world);
  }
}

TEST(Life, EndsCleanWheneverAndHoweverItIsStopped) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Random random(seed);
    World world(random_record(random), seed, static_cast<int>(seed % 4) * 5);

    run_until_over(world, static_cast<int>(random.below(200)));

    ASSERT_TRUE(is_over(world.facts)) << "seed " << seed;
    EXPECT_EQ(world.cgroup, testing::Made::Not) << "seed " << seed;
    EXPECT_EQ(world.network, testing::Made::Not) << "seed " << seed;
    for (const testing::SimulatedContainer& container : world.containers) {
      EXPECT_EQ(container.kind, ContainerLook::Kind::Absent) << "seed " << seed;
    }
  }
}

TEST(Life, CreatesNoContainerOnHalfMadeGround) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    World world(random_record(random), seed, 0);

    for (int moves = 0; moves < 100 && world.begin(); ++moves) {
      if (random.below(8) == 0) {
        world.crash();
      } else {
        world.complete_one();
      }
    }

    EXPECT_EQ(world.created_too_early, 0) << "seed " << seed;
    EXPECT_EQ(world.started_too_early, 0) << "seed " << seed;
  }
}

TEST(Life, NeverGoesBackwards) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    World world(random_record(random), seed, 10);

    run_until_over(world, static_cast<int>(random.below(200)));

    for (std::size_t at = 1; at < world.history.size(); ++at) {
      const model::Record& before = world.history[at - 1];
      const model::Record& after = world.history[at];
      ASSERT_LE(before.known, after.known) << "seed " << seed;
      ASSERT_LE(before.goal, after.goal) << "seed " << seed;
      for (std::size_t c = 0; c < before.containers.size(); ++c) {
        // A created container may have to be made anew; once running it only ever stops.
        if (before.containers[c].known < ContainerStatus::Running) continue;
        ASSERT_LE(before.containers[c].known, after.containers[c].known) << "seed " << seed;
      }
    }
  }
}

TEST(Life, StaysRunningWithoutACauseToStop) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    World world(a_record(a_task({a_container("web"), a_container("side", false)})), seed, 0);

    for (int moves = 0; moves < 100; ++moves) {
      ASSERT_TRUE(world.begin()) << "seed " << seed;
      if (!world.complete_one()) break;
    }

    if (world.facts.record.goal == Goal::Stopped) {
      // Only the simulated early exit of the essential container may have done it.
      EXPECT_TRUE(world.facts.record.containers[0].exit) << "seed " << seed;
      continue;
    }
    EXPECT_EQ(world.facts.record.known, TaskStatus::Running) << "seed " << seed;
  }
}

TEST(Life, LosesNoWakeUp) {
  // Whatever was seen, a task that is not over either has something in flight or rests: running as
  // wished, or stopped and waiting for the control plane to take its last report.
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    World world(random_record(random), seed, 10);
    for (int moves = 0; moves < 150; ++moves) {
      if (moves == 100) world.see(StopRequested{});
      if (!world.begin()) break;
      const model::Record& record = world.facts.record;
      const bool rests = (record.known == TaskStatus::Running && record.goal == Goal::Running) ||
                         (record.known == TaskStatus::Stopped && !record.final_accepted);
      const bool waits_for_process = record.goal == Goal::Running && !record.fault;
      ASSERT_TRUE(!world.facts.in_flight.empty() || rests || waits_for_process)
          << "seed " << seed << " move " << moves;
      move(world);
    }
  }
}

}  // namespace
}  // namespace berth::engine
