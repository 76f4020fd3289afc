// usage_test.cpp - counters from texts as kernels 4.14 (v1) and 6.1 (v2) write them.
#include "cgroups/usage.hpp"

#include <gtest/gtest.h>

#include "fake_tree.hpp"

namespace berth::cgroups {

using namespace std::chrono_literals;
using testing::FakeTree;

TEST(UsageOf, ReadsV1Counters) {
  FakeTree tree;
  tree.add(
      {{"cpuacct/t/cpuacct.usage", "1500000000\n"},
       {"cpuacct/t/cpuacct.usage_user", "1000000000\n"},
       {"cpuacct/t/cpuacct.usage_sys", "500000000\n"},
       {"cpu/t/cpu.stat", "nr_periods 10\nnr_throttled 3\nthrottled_time 42\n"},
       {"memory/t/memory.usage_in_bytes", "8192\n"},
       {"memory/t/memory.max_usage_in_bytes", "16384\n"},
       {"memory/t/memory.memsw.usage_in_bytes", "12288\n"},
       {"memory/t/memory.stat", "inactive_file 1\ntotal_inactive_file 4096\n"},
       {"pids/t/pids.current", "7\n"},
       {"blkio/t/blkio.throttle.io_service_bytes_recursive",
        "8:0 Read 100\n8:0 Write 20\n8:0 Sync 0\n8:16 Read 5\nTotal 125\n"},
       {"blkio/t/blkio.throttle.io_serviced_recursive", "8:0 Read 2\n8:0 Write 1\nTotal 3\n"}});

  const auto usage = usage_of(tree.v1({"cpuacct", "cpu", "memory", "pids", "blkio"}), "/t");

  ASSERT_TRUE(usage) << usage.error();
  const Usage expected{
      1500ms,      1000ms, 500ms,      10,        3, 42ns, Bytes{8192}, Bytes{4096}, Bytes{16384},
      Bytes{4096}, 7,      Bytes{105}, Bytes{20}, 2, 1};
  EXPECT_EQ(*usage, expected);
}

TEST(UsageOf, ReadsV2Counters) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "cpu memory pids io\n"},
            {"t/cpu.stat",
             "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 10\nnr_throttled 3\n"
             "throttled_usec 42\n"},
            {"t/memory.current", "8192\n"},
            {"t/memory.swap.current", "4096\n"},
            {"t/memory.stat", "anon 1\ninactive_file 4096\n"},
            {"t/pids.current", "7\n"},
            {"t/io.stat",
             "8:0 rbytes=100 wbytes=20 rios=2 wios=1 dbytes=0 dios=0\n"
             "8:16 rbytes=5 wbytes=0 rios=1 wios=0\n"}});

  const auto usage = usage_of(tree.v2(), "/t");

  ASSERT_TRUE(usage) << usage.error();
  const Usage expected{1500us, 1000us,      500us,       10, 3,
                       42us,   Bytes{8192}, Bytes{4096}, {}, Bytes{4096},
                       7,      Bytes{105},  Bytes{20},   3,  1};
  EXPECT_EQ(*usage, expected);
}

constexpr const char* kCpu =
    "some avg10=57.21 avg60=54.91 avg300=41.56 total=244200603\n"
    "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
constexpr const char* kIo =
    "some avg10=0.18 avg60=0.03 avg300=0.28 total=7476045\n"
    "full avg10=0.10 avg60=0.00 avg300=0.23 total=6006690\n";

TEST(UsageOf, ReadsPressureOnV2) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", ""},
            {"t/cpu.pressure", "some avg10=1.50 avg60=0.00 avg300=0.00 total=7\n"},
            {"t/io.pressure", kIo}});

  const auto usage = usage_of(tree.v2(), "/t");

  ASSERT_TRUE(usage) << usage.error();
  EXPECT_EQ(usage->cpu_pressure, (Pressure{{1.5, 7us}, std::nullopt}));
  EXPECT_EQ(usage->io_pressure, (Pressure{{0.18, 7'476'045us}, Stall{0.1, 6'006'690us}}));
  EXPECT_EQ(usage->memory_pressure, std::nullopt);
}

TEST(UsageOf, ReadsPressureOfAHybridHostWhereTheCgroupIsThereToo) {
  FakeTree tree;
  tree.add({{"unified/cgroup.controllers", ""},
            {"unified/t/cpu.pressure", kCpu},
            {"pids/t/pids.current", "7\n"},
            {"pids/u/pids.current", "8\n"},
            {"cpu/t/cpu.stat", ""},
            {"cpu/u/cpu.stat", ""}});
  const auto hierarchy = Hierarchy::open(
      "cgroup " + tree.path() + "/pids cgroup rw,pids 0 0\ncgroup " + tree.path() +
      "/cpu cgroup rw,cpu 0 0\ncgroup2 " + tree.path() + "/unified cgroup2 rw 0 0\n");
  ASSERT_TRUE(hierarchy) << hierarchy.error();

  const auto usage = usage_of(*hierarchy, "/t");
  const auto beside = usage_of(*hierarchy, "/u");

  ASSERT_TRUE(usage) << usage.error();
  EXPECT_EQ(usage->pids, 7u);
  EXPECT_EQ(usage->cpu_pressure, (Pressure{{57.21, 244'200'603us}, Stall{}}));
  ASSERT_TRUE(beside) << beside.error();
  EXPECT_EQ(beside->pids, 8u);
  EXPECT_EQ(beside->cpu_pressure, std::nullopt);
}

TEST(UsageOf, RefusesPressureThatIsNone) {
  FakeTree tree;
  for (const char* text : {"", "full avg10=0.00 total=0\n", "some avg10=x total=0\n", "some\n"}) {
    tree.add({{"cgroup.controllers", ""}, {"t/memory.pressure", text}});

    EXPECT_TRUE(usage_of(tree.v2(), "/t").failed_with(Errc::Broken)) << text;
  }
}

TEST(UsageOf, FailsWhenTheCgroupIsGone) {
  FakeTree tree;

  EXPECT_TRUE(usage_of(tree.v1({"memory", "cpu"}), "/t").failed_with(Errc::NotFound));
}

TEST(UsageOf, RefusesWhatIsNotANumber) {
  FakeTree tree;
  tree.add({{"pids/t/pids.current", "many\n"}, {"cpu/t/cpu.stat", ""}});

  EXPECT_TRUE(usage_of(tree.v1({"cpu", "pids"}), "/t").failed_with(Errc::Broken));
}

}  // namespace berth::cgroups
