// kill_test.cpp - what is killed, what is not, and for how long it is tried.
#include "cgroups/kill.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fake_tree.hpp"

namespace berth::cgroups {

using namespace std::chrono_literals;
using testing::FakeTree;
using testing::fresh_v1;
using testing::fresh_v2;

/// A child that waits to be killed.
pid_t waiting_child() {
  const pid_t child = ::fork();
  if (child == 0) {
    while (true) ::pause();
  }
  return child;
}

TEST(KillAll, IsDoneWithAnEmptyCgroupAndOneThatIsGone) {
  FakeTree tree;
  tree.add(fresh_v1("t"));
  const Hierarchy hierarchy = tree.v1({"memory", "pids"});

  EXPECT_TRUE(kill_all(hierarchy, "/t", Deadline::after({})));
  EXPECT_TRUE(kill_all(hierarchy, "/gone", Deadline::after({})));
}

TEST(KillAll, KillsWhatIsListedAnywhereBelow) {
  FakeTree tree;
  const pid_t child = waiting_child();
  tree.add(fresh_v1("t"));
  tree.add({{"pids/t/c1/init/cgroup.procs", std::to_string(child) + "\n"}});
  const Hierarchy hierarchy = tree.v1({"memory", "pids"});

  // A plain file goes on listing the process, so the kill can only end at its deadline.
  const Result<> killed = kill_all(hierarchy, "/t", Deadline::after(20ms));

  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  ASSERT_TRUE(killed.failed_with(Errc::TimedOut)) << killed.error();
  EXPECT_NE(killed.error().message.find(std::to_string(child)), std::string::npos);
}

TEST(KillAll, FreezesV1BeforeAndThawsEveryCgroupBelowAfter) {
  FakeTree tree;
  const pid_t child = waiting_child();
  tree.add({{"freezer/t/cgroup.procs", std::to_string(child)},
            {"freezer/t/freezer.state", "......"},
            {"freezer/t/c1/freezer.state", "FROZEN"},
            {"cpu/tasks", ""}});
  const Hierarchy hierarchy = tree.v1({"freezer", "cpu"});

  EXPECT_TRUE(kill_all(hierarchy, "/t", Deadline::after(5ms)).failed_with(Errc::TimedOut));

  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(tree.text("freezer/t/freezer.state"), "THAWED");
  EXPECT_EQ(tree.text("freezer/t/c1/freezer.state"), "THAWED");
}

TEST(KillAll, LeavesItToTheKernelWhereItCan) {
  FakeTree tree;
  const pid_t child = waiting_child();
  tree.add({{"cgroup.controllers", "memory\n"}});
  tree.add(fresh_v2("t"));
  tree.add({{"t/cgroup.kill", ""}, {"t/cgroup.procs", std::to_string(child)}});

  EXPECT_TRUE(kill_all(tree.v2(), "/t", Deadline::after(5ms)).failed_with(Errc::TimedOut));

  EXPECT_EQ(tree.text("t/cgroup.kill"), "1");
  EXPECT_EQ(::waitpid(child, nullptr, WNOHANG), 0);  // a plain file kills nobody
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST(KillAll, RefusesToKillItself) {
  FakeTree tree;
  tree.add(fresh_v1("t"));
  tree.add({{"pids/t/cgroup.procs", std::to_string(::getpid())}});

  EXPECT_TRUE(
      kill_all(tree.v1({"memory", "pids"}), "/t", Deadline::after(1s)).failed_with(Errc::Invalid));
}

TEST(KillAll, SaysSoWhenAProcessIsOutOfReach) {
  FakeTree tree;
  tree.add(fresh_v1("t"));
  tree.add({{"pids/t/cgroup.procs", "0\n"}});

  EXPECT_TRUE(
      kill_all(tree.v1({"memory", "pids"}), "/t", Deadline::after(1s)).failed_with(Errc::Denied));
}

}  // namespace berth::cgroups
