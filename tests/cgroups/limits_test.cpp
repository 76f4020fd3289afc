// limits_test.cpp - limits in the kernel's words, v1 and v2.
#include "cgroups/limits.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "fake_tree.hpp"

namespace berth::cgroups {

using testing::FakeTree;
using testing::fresh_v1;
using testing::fresh_v2;

constexpr std::uint64_t kMiB = 1 << 20;

Limits task_limits() {
  Limits limits;
  limits.cpu_shares = 512;
  limits.cpu_quota = CpuQuota{50'000, 100'000};
  limits.memory_max = Bytes{512 * kMiB};
  limits.memory_reservation = Bytes{128 * kMiB};
  limits.memory_and_swap = Bytes{768 * kMiB};
  limits.pids_max = 4096;
  return limits;
}

TEST(WeightFor, FollowsTheLineFromSharesToWeight) {
  EXPECT_EQ(weight_for(2), 1U);
  EXPECT_EQ(weight_for(1024), 39U);
  EXPECT_EQ(weight_for(262'144), 10'000U);
  EXPECT_EQ(weight_for(0), 1U);
  EXPECT_EQ(weight_for(1'000'000), 10'000U);
}

TEST(BfqWeightFor, KeepsTheDefaultAndTheEndsOfTheRange) {
  const std::pair<std::uint64_t, std::uint64_t> cases[] = {{1, 1},       {50, 50},       {100, 100},
                                                           {101, 100},   {111, 101},     {200, 109},
                                                           {1'200, 200}, {10'000, 1'000}};
  for (const auto& [weight, bfq] : cases) EXPECT_EQ(bfq_weight_for(weight), bfq) << weight;
}

TEST(SharesFor, IsTheInverseOfWeightFor) {
  for (std::uint64_t weight = 1; weight <= 10'000; ++weight) {
    ASSERT_EQ(weight_for(shares_for(weight)), weight);
  }
}

TEST(Check, NamesLimitValueAndRule) {
  struct Case {
    const char* says;
    void (*spoil)(Limits&);
  };
  const Case cases[] = {
      {"cpu shares of 1: allowed are 2 to 262144", [](Limits& l) { l.cpu_shares = 1; }},
      {"cpu period of 999 us", [](Limits& l) { l.cpu_quota = CpuQuota{5'000, 999}; }},
      {"cpu quota of 195 us", [](Limits& l) { l.cpu_quota = CpuQuota{195, 100'000}; }},
      {"memory limit of 0 bytes", [](Limits& l) { l.memory_max = Bytes{0}; }},
      {"needs one on memory", [](Limits& l) { l.memory_max.reset(); }},
      {"is below the memory limit", [](Limits& l) { l.memory_and_swap = Bytes{1}; }},
      {"pids limit of 0", [](Limits& l) { l.pids_max = 0; }},
  };
  EXPECT_TRUE(check(task_limits()));
  for (const Case& one : cases) {
    Limits limits = task_limits();
    one.spoil(limits);

    const Result<> checked = check(limits);

    ASSERT_TRUE(checked.failed_with(Errc::Invalid)) << one.says;
    EXPECT_NE(checked.error().message.find(one.says), std::string::npos) << checked.error();
  }
}

TEST(SetLimits, WritesV1Files) {
  FakeTree tree;
  tree.add(fresh_v1("berth/t1"));
  const Hierarchy hierarchy = tree.v1({"cpu", "memory", "pids"});

  const Result<> set = set_limits(hierarchy, "/berth/t1", task_limits());

  ASSERT_TRUE(set) << set.error();
  // A file of the kernel takes each write as a whole; a plain file keeps the rest of what it held.
  EXPECT_EQ(tree.text("cpu/berth/t1/cpu.shares"), "5124\n");
  EXPECT_EQ(tree.text("cpu/berth/t1/cpu.cfs_quota_us"), "50000");
  EXPECT_EQ(tree.text("cpu/berth/t1/cpu.cfs_period_us"), "100000\n");
  EXPECT_EQ(tree.text("memory/berth/t1/memory.limit_in_bytes").substr(0, 9), "536870912");
  EXPECT_EQ(tree.text("memory/berth/t1/memory.memsw.limit_in_bytes").substr(0, 9), "805306368");
  EXPECT_EQ(tree.text("memory/berth/t1/memory.soft_limit_in_bytes").substr(0, 9), "134217728");
  EXPECT_EQ(tree.text("pids/berth/t1/pids.max"), "4096");
}

TEST(SetLimits, LiftsNoV1QuotaThatIsInForceAlready) {
  FakeTree tree;
  tree.add(fresh_v1("berth/t1"));
  const Hierarchy hierarchy = tree.v1({"cpu", "memory", "pids"});
  ASSERT_TRUE(set_limits(hierarchy, "/berth/t1", task_limits()));
  const std::string file = tree.path() + "/cpu/berth/t1/cpu.cfs_quota_us";
  const std::filesystem::file_time_type long_ago{};
  std::filesystem::last_write_time(file, long_ago);

  const Result<> again = set_limits(hierarchy, "/berth/t1", task_limits());

  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(std::filesystem::last_write_time(file), long_ago);
}

TEST(SetLimits, WritesV2Files) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "cpu memory pids\n"}});
  tree.add(fresh_v2("berth/t1"));
  const Hierarchy hierarchy = tree.v2();

  const Result<> set = set_limits(hierarchy, "/berth/t1", task_limits());

  ASSERT_TRUE(set) << set.error();
  EXPECT_EQ(tree.text("berth/t1/cpu.weight").substr(0, 2), "20");
  EXPECT_EQ(tree.text("berth/t1/cpu.max"), "50000 100000");
  EXPECT_EQ(tree.text("berth/t1/memory.max"), "536870912");
  EXPECT_EQ(tree.text("berth/t1/memory.low"), "134217728");
  EXPECT_EQ(tree.text("berth/t1/memory.swap.max"), "268435456");
  EXPECT_EQ(tree.text("berth/t1/pids.max"), "4096");
}

TEST(SetLimits, TellsBothSchedulersTheWeightOfDiskTraffic) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "cpu io memory pids\n"}});
  tree.add(fresh_v2("berth/t1"));
  tree.add({{"berth/t1/io.weight", ""}, {"berth/t1/io.bfq.weight", ""}});
  const Hierarchy hierarchy = tree.v2();
  Limits limits;
  limits.io_weight = 200;

  ASSERT_TRUE(set_limits(hierarchy, "/berth/t1", limits));
  EXPECT_EQ(tree.text("berth/t1/io.weight"), "default 200");
  EXPECT_EQ(tree.text("berth/t1/io.bfq.weight"), "109");
  EXPECT_EQ(limits_in_force(hierarchy, "/berth/t1")->io_weight, 200U);

  ASSERT_TRUE(set_limits(hierarchy, "/berth/t1", Limits{}));
  EXPECT_EQ(tree.text("berth/t1/io.weight"), "default 100");
  EXPECT_EQ(tree.text("berth/t1/io.bfq.weight"), "100");
  EXPECT_EQ(limits_in_force(hierarchy, "/berth/t1")->io_weight, std::nullopt);
}

TEST(SetLimits, WeighsNothingWhereTheKernelDoesNot) {
  FakeTree v2, v1;
  v2.add({{"cgroup.controllers", "cpu io memory pids\n"}});
  v2.add(fresh_v2("berth/t1"));
  v1.add(fresh_v1("berth/t1"));
  Limits limits;
  limits.io_weight = 200;

  EXPECT_TRUE(set_limits(v2.v2(), "/berth/t1", limits).failed_with(Errc::Denied));
  EXPECT_TRUE(
      set_limits(v1.v1({"cpu", "memory", "pids"}), "/berth/t1", limits).failed_with(Errc::Denied));
  limits.io_weight = 10'001;
  EXPECT_TRUE(check(limits).failed_with(Errc::Invalid));
}

TEST(SetLimits, LiftsWhatIsAbsent) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "cpu memory pids\n"}});
  tree.add(fresh_v2("berth/t1"));
  tree.add({{"berth/t1/memory.max", "1"}, {"berth/t1/cpu.max", ""}, {"berth/t1/pids.max", "1"}});
  const Hierarchy hierarchy = tree.v2();

  ASSERT_TRUE(set_limits(hierarchy, "/berth/t1", Limits{}));

  EXPECT_EQ(tree.text("berth/t1/memory.max"), "max");
  EXPECT_EQ(tree.text("berth/t1/cpu.max"), "max");
  EXPECT_EQ(tree.text("berth/t1/pids.max"), "max");
}

TEST(SetLimits, DoesWithoutSwapAccountingAndSoftLimit) {
  FakeTree tree;
  tree.add({{"memory/berth/t1/memory.limit_in_bytes", ""}});
  const Hierarchy hierarchy = tree.v1({"memory"});
  Limits limits;
  limits.memory_max = Bytes{64 * kMiB};
  limits.memory_and_swap = Bytes{64 * kMiB};
  limits.memory_reservation = Bytes{32 * kMiB};

  const Result<> set = set_limits(hierarchy, "/berth/t1", limits);

  ASSERT_TRUE(set) << set.error();
  EXPECT_EQ(tree.text("memory/berth/t1/memory.limit_in_bytes"), "67108864");
  EXPECT_FALSE(hierarchy.counts_swap());
}

TEST(SetLimits, NamesAControllerTheNodeLacks) {
  FakeTree tree;
  tree.add(fresh_v1("berth/t1"));
  const Hierarchy hierarchy = tree.v1({"cpu"});
  Limits limits;
  limits.pids_max = 10;

  const Result<> set = set_limits(hierarchy, "/berth/t1", limits);

  ASSERT_TRUE(set.failed_with(Errc::Denied));
  EXPECT_NE(set.error().message.find("no pids cgroup controller"), std::string::npos);
  EXPECT_TRUE(set_limits(hierarchy, "/berth/t1", Limits{}));
}

TEST(SetLimits, FailsWhenTheCgroupIsGone) {
  FakeTree tree;
  const Hierarchy hierarchy = tree.v1({"cpu", "memory"});

  EXPECT_TRUE(set_limits(hierarchy, "/berth/t1", task_limits()).failed_with(Errc::NotFound));
}

TEST(LimitsInForce, ReadsV1Files) {
  FakeTree tree;
  tree.add(fresh_v1("berth/t1"));
  tree.add({{"cpu/berth/t1/cpu.cfs_quota_us", "25000\n"},
            {"memory/berth/t1/memory.limit_in_bytes", "67108864\n"},
            {"pids/berth/t1/pids.max", "77\n"}});

  const auto limits = limits_in_force(tree.v1({"cpu", "memory", "pids"}), "/berth/t1");

  ASSERT_TRUE(limits) << limits.error();
  Limits expected;
  expected.cpu_shares = 1024;
  expected.cpu_quota = CpuQuota{25'000, 100'000};
  expected.memory_max = Bytes{64 * kMiB};
  expected.pids_max = 77;
  EXPECT_EQ(*limits, expected);
}

TEST(LimitsInForce, ReadsV2Files) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "cpu memory pids\n"}});
  tree.add(fresh_v2("berth/t1"));
  tree.add({{"berth/t1/cpu.max", "25000 100000\n"},
            {"berth/t1/memory.max", "67108864\n"},
            {"berth/t1/memory.swap.max", "67108864\n"}});

  const auto limits = limits_in_force(tree.v2(), "/berth/t1");

  ASSERT_TRUE(limits) << limits.error();
  EXPECT_EQ(limits->cpu_quota, (CpuQuota{25'000, 100'000}));
  EXPECT_EQ(limits->memory_max, Bytes{64 * kMiB});
  EXPECT_EQ(limits->memory_and_swap, Bytes{128 * kMiB});
  EXPECT_EQ(limits->memory_reservation, std::nullopt);
  EXPECT_EQ(limits->pids_max, std::nullopt);
}

}  // namespace berth::cgroups
