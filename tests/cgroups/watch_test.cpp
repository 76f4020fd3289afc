// watch_test.cpp - kill counts, population, and being told of changes.
#include "cgroups/watch.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include "fake_tree.hpp"

namespace berth::cgroups {

using testing::FakeTree;
using testing::fresh_v1;
using testing::fresh_v2;

bool is_readable(int fd) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, 0) == 1;
}

TEST(EventsOf, ReadsV2EventFiles) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "memory\n"},
            {"t/cgroup.events", "populated 1\nfrozen 0\n"},
            {"t/memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n"}});

  const auto events = events_of(tree.v2(), "/t");

  ASSERT_TRUE(events) << events.error();
  EXPECT_EQ(*events, (Events{2, true}));
}

TEST(EventsOf, AddsUpTheV1CgroupsBelow) {
  FakeTree tree;
  tree.add(fresh_v1("t"));
  tree.add(fresh_v1("t/c1"));
  tree.add(fresh_v1("t/c2"));
  const std::string killed = "oom_kill_disable 0\nunder_oom 0\noom_kill ";
  tree.add({{"memory/t/c1/memory.oom_control", killed + "2\n"},
            {"memory/t/c2/memory.oom_control", killed + "1\n"},
            {"pids/t/c2/cgroup.procs", "4711\n"}});

  const auto events = events_of(tree.v1({"memory", "pids"}), "/t");

  ASSERT_TRUE(events) << events.error();
  EXPECT_EQ(*events, (Events{3, true}));
}

TEST(EventsOf, FailsWhenTheCgroupIsGone) {
  FakeTree tree;
  tree.add({{"memory/tasks", ""}});

  EXPECT_TRUE(events_of(tree.v1({"memory"}), "/t").failed_with(Errc::NotFound));
}

TEST(Watch, TellsOfAV2ChangeOnce) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "memory\n"}});
  tree.add(fresh_v2("t"));
  auto watch = Watch::open(tree.v2(), "/t");
  ASSERT_TRUE(watch) << watch.error();
  EXPECT_FALSE(is_readable(watch->fd()));

  ASSERT_TRUE(tree.dir().write("t/memory.events", "low 1"));

  EXPECT_TRUE(is_readable(watch->fd()));
  watch->drain();
  EXPECT_FALSE(is_readable(watch->fd()));
}

TEST(Watch, FailsWhenTheCgroupIsGone) {
  FakeTree tree;
  tree.add({{"cgroup.controllers", "memory\n"}});

  EXPECT_TRUE(Watch::open(tree.v2(), "/t").failed_with(Errc::NotFound));
}

}  // namespace berth::cgroups
