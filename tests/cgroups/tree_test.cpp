// tree_test.cpp - the same path in every hierarchy, on trees the test wrote.
#include "cgroups/tree.hpp"

#include <gtest/gtest.h>

#include "fake_tree.hpp"

namespace berth::cgroups {

using testing::FakeTree;
using testing::fresh_v2;

TEST(Hierarchy, TakesV1WhenItHoldsTheControllers) {
  FakeTree tree;
  tree.add({{"unified/cgroup.controllers", ""}, {"memory/tasks", ""}, {"cpu,cpuacct/tasks", ""}});
  const std::string at = " " + tree.path();

  const auto hierarchy =
      Hierarchy::open("cgroup" + at + "/memory cgroup rw,memory 0 0\n" + "cgroup" + at +
                      "/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n" + "cgroup" + at +
                      "/gone cgroup rw,pids 0 0\n" + "cgroup2" + at + "/unified cgroup2 rw 0 0\n");

  ASSERT_TRUE(hierarchy) << hierarchy.error();
  EXPECT_EQ(hierarchy->version(), Version::V1);
  EXPECT_TRUE(hierarchy->is_hybrid());
  EXPECT_EQ(hierarchy->controllers(), (std::vector<std::string>{"cpu", "cpuacct", "memory"}));
}

TEST(Hierarchy, TakesV2WhenOnlySystemdIsOnV1) {
  FakeTree tree;
  tree.add({{"unified/cgroup.controllers", "cpu memory pids\n"}, {"systemd/tasks", ""}});
  const std::string at = " " + tree.path();

  const auto hierarchy = Hierarchy::open("cgroup" + at + "/systemd cgroup rw,name=systemd 0 0\n" +
                                         "cgroup2" + at + "/unified cgroup2 rw 0 0\n");

  ASSERT_TRUE(hierarchy) << hierarchy.error();
  EXPECT_EQ(hierarchy->version(), Version::V2);
  EXPECT_FALSE(hierarchy->is_hybrid());
  EXPECT_TRUE(hierarchy->has("memory"));
  EXPECT_FALSE(hierarchy->has("io"));
}

TEST(Hierarchy, SaysSoWhenNothingIsMounted) {
  const auto hierarchy = Hierarchy::open("proc /proc proc rw 0 0\n");

  EXPECT_TRUE(hierarchy.failed_with(Errc::NotFound));
}

TEST(Hierarchy, RefusesTheRootAndPathsThatClimb) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "memory"}});
  const Hierarchy hierarchy = tree.v2();

  for (const char* path : {"", "/", ".", "..", "/berth/../x", "berth//t1", "berth/"}) {
    EXPECT_TRUE(hierarchy.create(path).failed_with(Errc::Invalid)) << path;
    EXPECT_TRUE(hierarchy.remove(path, Deadline::after({})).failed_with(Errc::Invalid)) << path;
  }
}

TEST(Create, MakesThePathInTheNeededV1Hierarchies) {
  FakeTree tree;
  tree.add({{"cpuset/cpuset.cpus", "0-3\n"}, {"cpuset/cpuset.mems", "0\n"}});
  tree.add({{"cpuset/berth/cpuset.cpus", "\n"}, {"cpuset/berth/cpuset.mems", "\n"}});
  tree.add({{"cpuset/berth/t1/cpuset.cpus", "\n"}, {"cpuset/berth/t1/cpuset.mems", "0\n"}});
  tree.add({{"memory/berth/memory.use_hierarchy", "0\n"}});
  const Hierarchy hierarchy = tree.v1({"cpu,cpuacct", "memory", "cpuset", "perf_event"});

  const Result<> created = hierarchy.create("/berth/t1");

  ASSERT_TRUE(created) << created.error();
  EXPECT_TRUE(tree.dir().is_dir("cpu,cpuacct/berth/t1"));
  EXPECT_TRUE(tree.dir().is_dir("memory/berth/t1"));
  EXPECT_FALSE(tree.dir().exists("perf_event/berth"));
  EXPECT_EQ(tree.text("cpuset/berth/cpuset.cpus"), "0-3");
  EXPECT_EQ(tree.text("cpuset/berth/t1/cpuset.cpus"), "0-3");
  EXPECT_EQ(tree.text("memory/berth/memory.use_hierarchy"), "1\n");
  EXPECT_EQ(hierarchy.places("berth/t1").size(), 3U);
  EXPECT_TRUE(hierarchy.create("/berth/t1"));
}

TEST(Create, HandsControllersDownTheV2Path) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma\n"},
            {"cgroup.subtree_control", "memory pids\n                     "}});
  tree.add(fresh_v2("berth"));
  tree.add(fresh_v2("berth/t1"));
  const Hierarchy hierarchy = tree.v2();

  const Result<> created = hierarchy.create("berth/t1");

  ASSERT_TRUE(created) << created.error();
  EXPECT_EQ(tree.text("cgroup.subtree_control").substr(0, 15), "+cpu +io +cpuse");
  EXPECT_EQ(tree.text("berth/cgroup.subtree_control"), "+cpu +memory +pids +io +cpuset");
  EXPECT_EQ(tree.text("berth/t1/cgroup.subtree_control"), "+cpu +memory +pids +io +cpuset");
}

TEST(Remove, TakesEverythingBelowInEveryHierarchy) {
  FakeTree tree;
  const Hierarchy hierarchy = tree.v1({"memory", "name=systemd"});
  for (const char* path : {"memory/berth/t1/c1", "memory/berth/t1/c2/init", "memory/berth/t2",
                           "name=systemd/berth/t1/c1"}) {
    ASSERT_TRUE(tree.dir().make_all(path));
  }

  const Result<> removed = hierarchy.remove("/berth/t1", Deadline::after(std::chrono::seconds(1)));

  ASSERT_TRUE(removed) << removed.error();
  EXPECT_FALSE(hierarchy.exists("berth/t1"));
  EXPECT_TRUE(hierarchy.exists("berth/t2"));
  EXPECT_FALSE(tree.dir().exists("name=systemd/berth/t1"));
}

TEST(Remove, FindsNothingLeftToDoTheSecondTime) {
  FakeTree tree;
  const Hierarchy hierarchy = tree.v1({"memory"});

  EXPECT_TRUE(hierarchy.remove("/berth/t1", Deadline::after({})));
}

TEST(Remove, GivesUpAtTheDeadlineAndStillTakesTheOthers) {
  FakeTree tree;
  tree.add({{"memory/berth/t1/holds-it", ""}});
  const Hierarchy hierarchy = tree.v1({"memory", "pids"});
  ASSERT_TRUE(tree.dir().make_all("pids/berth/t1"));

  const Result<> removed =
      hierarchy.remove("/berth/t1", Deadline::after(std::chrono::milliseconds(5)));

  EXPECT_TRUE(removed.failed_with(Errc::TimedOut));
  EXPECT_FALSE(tree.dir().exists("pids/berth/t1"));
}

TEST(RuncPath, JoinsParentTaskAndContainer) {
  EXPECT_EQ(runc_path("/berth", "3f2a", "3f2a-web"), "/berth/3f2a/3f2a-web");
}

TEST(Hierarchy, KnowsWhatIsLimitedBelowTheRoot) {
  FakeTree cost, bfq, bare;
  cost.add({{"cgroup.controllers", "io memory\n"},
            {"system.slice/io.weight", "default 100\n"},
            {"system.slice/memory.swap.max", "max\n"}});
  bfq.add({{"cgroup.controllers", "io memory\n"}, {"system.slice/io.bfq.weight", "100\n"}});
  bare.add({{"cgroup.controllers", "io memory\n"}, {"system.slice/io.stat", ""}});

  EXPECT_TRUE(cost.v2().weighs_io("io.weight"));
  EXPECT_FALSE(cost.v2().weighs_io("io.bfq.weight"));
  EXPECT_TRUE(cost.v2().counts_swap());
  EXPECT_TRUE(bfq.v2().weighs_io("io.bfq.weight"));
  EXPECT_FALSE(bare.v2().weighs_io("io.weight"));
  EXPECT_FALSE(bare.v2().counts_swap());
}

TEST(Hierarchy, WeighsNoDiskTrafficOnV1) {
  FakeTree tree;
  tree.add({{"blkio/t/io.weight", "default 100\n"}, {"memory/t/memory.usage_in_bytes", "0\n"}});

  EXPECT_FALSE(tree.v1({"blkio", "memory"}).weighs_io("io.weight"));
}

}  // namespace berth::cgroups
