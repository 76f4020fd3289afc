// limits_test.cpp - ECS's CPU, memory and ulimits as the kernel's numbers.
#include "agent/plan/limits.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/tasks.hpp"

namespace berth::plan {
namespace {

using testing::a_container;
using testing::a_task;

model::Task task_with_cpu(std::vector<std::uint64_t> units) {
  std::vector<model::Container> containers;
  for (const std::uint64_t count : units) {
    containers.push_back(a_container("c" + std::to_string(containers.size())));
    containers.back().cpu = CpuUnits{count};
  }
  return a_task(std::move(containers));
}

TEST(TaskLimits, MakeAQuotaOfTheTasksCpu) {
  const std::pair<double, std::uint64_t> cases[] = {
      {0.25, 25'000}, {1, 100'000}, {4.5, 450'000}, {0.001, 1'000}, {0.333, 33'300}};
  for (const auto& [cpu, quota] : cases) {
    model::Task task = task_with_cpu({256});
    task.cpu = cpu;
    const cgroups::Limits limits = task_limits_for(task, {});
    EXPECT_EQ(limits.cpu_quota, (cgroups::CpuQuota{quota, 100'000})) << cpu;
    EXPECT_FALSE(limits.cpu_shares);
  }
}

TEST(TaskLimits, SumTheSharesOfItsContainersWithoutATaskCpu) {
  EXPECT_EQ(task_limits_for(task_with_cpu({0, 1, 256}), {}).cpu_shares, 260u);
  EXPECT_EQ(task_limits_for(task_with_cpu({200'000, 200'000}), {}).cpu_shares, 262'144u);
  EXPECT_FALSE(task_limits_for(task_with_cpu({256}), {}).cpu_quota);
}

TEST(TaskLimits, BoundMemoryAndSwapWhereSwapIsCounted) {
  model::Task task = task_with_cpu({0});
  EXPECT_FALSE(task_limits_for(task, {}).memory_max);
  task.memory = Mebibytes{64};
  Settings settings;
  EXPECT_EQ(task_limits_for(task, settings).memory_max, Bytes{64 << 20});
  EXPECT_FALSE(task_limits_for(task, settings).memory_and_swap);
  settings.counts_swap = true;
  EXPECT_EQ(task_limits_for(task, settings).memory_and_swap, Bytes{128 << 20});
}

TEST(TaskLimits, WeighDiskTrafficAsTheHeaviestContainerDoes) {
  using Weight = std::optional<std::uint64_t>;
  const std::pair<std::vector<Weight>, Weight> cases[] = {
      {{Weight()}, Weight()}, {{50}, 50}, {{50, 200}, 200}, {{50, Weight()}, 100},
      {{Weight(), 200}, 200},
  };
  for (const bool has_bfq_alone : {false, true}) {
    for (const auto& [weights, weight] : cases) {
      model::Task task = task_with_cpu(std::vector<std::uint64_t>(weights.size(), 256));
      for (std::size_t i = 0; i < weights.size(); ++i) task.containers[i].io_weight = weights[i];
      Settings settings;
      settings.task_limits = has_bfq_alone;  // which are of CPU and memory
      EXPECT_EQ(task_limits_for(task, settings).io_weight, std::nullopt);
      settings.has_io_weight = !has_bfq_alone;
      settings.has_bfq_weight = has_bfq_alone;
      EXPECT_EQ(task_limits_for(task, settings).io_weight, weight);
    }
  }
}

TEST(TaskLimits, AreNoneWhenSwitchedOff) {
  model::Task task = task_with_cpu({256});
  task.cpu = 1;
  task.memory = Mebibytes{64};
  Settings settings;
  settings.task_limits = false;
  EXPECT_EQ(task_limits_for(task, settings), cgroups::Limits{});
}

TEST(ContainerResources, ClampShares) {
  for (const auto& [units, shares] :
       {std::pair{0u, 2u}, {1u, 2u}, {2u, 2u}, {256u, 256u}, {1'000'000u, 262'144u}}) {
    model::Container container = a_container("main");
    container.cpu = CpuUnits{units};
    EXPECT_EQ(resources_for(container, {}).cpu_shares, shares);
  }
}

TEST(ContainerResources, GiveAtLeastFourMebibytes) {
  const std::pair<std::uint64_t, std::optional<Bytes>> cases[] = {
      {0, std::nullopt}, {1, Bytes{4 << 20}}, {4, Bytes{4 << 20}}, {5, Bytes{5 << 20}}};
  for (const auto& [mebibytes, limit] : cases) {
    model::Container container = a_container("main");
    container.memory = Mebibytes{mebibytes};
    EXPECT_EQ(resources_for(container, {}).memory_max, limit) << mebibytes;
  }
}

TEST(ContainerResources, AllowAsMuchSwapAsMemoryUnlessTold) {
  model::Container container = a_container("main");
  container.memory = Mebibytes{8};
  Settings settings;
  EXPECT_FALSE(resources_for(container, settings).memory_swap_total);
  settings.counts_swap = true;
  EXPECT_EQ(resources_for(container, settings).memory_swap_total, Bytes{16 << 20});
  container.memory_swap_total = Bytes{8 << 20};
  EXPECT_EQ(resources_for(container, settings).memory_swap_total, Bytes{8 << 20});
  container.memory.reset();
  EXPECT_FALSE(resources_for(container, settings).memory_swap_total);
}

TEST(ContainerResources, TakeReservationAndProcesses) {
  model::Container container = a_container("main");
  container.memory_reservation = Mebibytes{2};
  container.pids_limit = 100;
  EXPECT_EQ(resources_for(container, {}).memory_reservation, Bytes{2 << 20});
  EXPECT_EQ(resources_for(container, {}).pids_max, 100u);
  container.memory_reservation = Mebibytes{0};
  for (const std::int64_t unlimited : {0, -1}) {
    container.pids_limit = unlimited;
    EXPECT_FALSE(resources_for(container, {}).pids_max);
  }
  EXPECT_FALSE(resources_for(container, {}).memory_reservation);
}

TEST(ContainerResources, HaveWhatLabelsAskForWhereTheHostHasAFileForIt) {
  struct Case {
    bool has_io_weight;
    bool has_bfq_weight;
    std::optional<std::uint64_t> io_weight;
    std::optional<std::uint64_t> bfq_weight;
  };
  const Case cases[] = {{false, false, {}, {}},
                        {true, false, 1'200, {}},
                        {false, true, {}, 200},
                        {true, true, 1'200, 200}};
  model::Container container = a_container("main");
  container.memory_high = Bytes{8 << 20};
  container.io_weight = 1'200;
  for (const Case& one : cases) {
    Settings settings;
    settings.has_io_weight = one.has_io_weight;
    settings.has_bfq_weight = one.has_bfq_weight;

    const runtime::Resources resources = resources_for(container, settings);

    EXPECT_EQ(resources.memory_high, Bytes{8 << 20});
    EXPECT_EQ(resources.io_weight, one.io_weight);
    EXPECT_EQ(resources.bfq_weight, one.bfq_weight);
  }
}

TEST(ContainerResources, HaveNothingThatNobodyAskedFor) {
  Settings settings;
  settings.has_io_weight = settings.has_bfq_weight = true;

  const runtime::Resources resources = resources_for(a_container("main"), settings);

  EXPECT_FALSE(resources.memory_high);
  EXPECT_FALSE(resources.io_weight);
  EXPECT_FALSE(resources.bfq_weight);
}

TEST(ContainerRlimits, DefaultToAmazonLinuxsNumberOfFiles) {
  const std::vector<runtime::Rlimit> expected{{"RLIMIT_NOFILE", 32'768, 65'536}};
  EXPECT_EQ(rlimits_for(a_container("main")), expected);
}

TEST(ContainerRlimits, AreTheTasksOwn) {
  model::Container container = a_container("main");
  container.ulimits = {{"nofile", 10, 20}, {"core", -1, -1}, {"nproc", 30, 20}};
  const std::uint64_t unlimited = ~std::uint64_t{0};
  const std::vector<runtime::Rlimit> expected{
      {"RLIMIT_NOFILE", 10, 20}, {"RLIMIT_CORE", unlimited, unlimited}, {"RLIMIT_NPROC", 20, 20}};
  EXPECT_EQ(rlimits_for(container), expected);
}

}  // namespace
}  // namespace berth::plan
