// node_test.cpp - the machine's own hierarchies: real limits, a real OOM kill, a real end.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <vector>

#include "base/dir.hpp"
#include "cgroups/kill.hpp"
#include "cgroups/limits.hpp"
#include "cgroups/tree.hpp"
#include "cgroups/usage.hpp"
#include "cgroups/watch.hpp"

namespace berth::cgroups {

using namespace std::chrono_literals;

constexpr std::uint64_t kMiB = 1 << 20;

/// A task's cgroup of its own under "/berth-test-<pid>"; nothing is left of it afterwards.
class CgroupsOnNode : public ::testing::Test {
 protected:
  CgroupsOnNode() : hierarchy_(Hierarchy::open().value()) {}

  void SetUp() override {
    const Result<> created = hierarchy_.create(task_);
    ASSERT_TRUE(created) << created.error();
  }
  void TearDown() override {
    const Result<> killed = kill_all(hierarchy_, top_, Deadline::after(10s));
    EXPECT_TRUE(killed) << killed.error();
    const Result<> removed = hierarchy_.remove(top_, Deadline::after(10s));
    EXPECT_TRUE(removed) << removed.error();
    EXPECT_FALSE(hierarchy_.exists(top_));
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }

  /// Makes a cgroup that can hold processes, as runc does for a container.
  void make_container(const std::string& path) {
    if (hierarchy_.version() == Version::V1) {
      const Result<> created = hierarchy_.create(path);
      ASSERT_TRUE(created) << created.error();
    } else {
      const Result<> made = hierarchy_.unified()->root.make(path.substr(1));
      ASSERT_TRUE(made) << made.error();
    }
  }

  /// Forks a child that joins the container in every hierarchy where it is, then does `work`.
  pid_t run_in(const std::string& path, void (*work)()) {
    int gate[2];
    if (::pipe(gate) != 0) return -1;
    const pid_t child = ::fork();
    if (child == 0) {
      char go = 0;
      ::close(gate[1]);
      if (::read(gate[0], &go, 1) == 1) work();
      ::_exit(0);
    }
    ::close(gate[0]);
    bool is_in = true;
    for (const Place& place : hierarchy_.places(path)) {
      const Result<> joined =
          Dir::open(place.path).value().write("cgroup.procs", std::to_string(child));
      EXPECT_TRUE(joined) << joined.error();
      is_in = is_in && joined;
    }
    // A child that is not inside only sees its gate close, and ends.
    if (is_in) {
      EXPECT_EQ(::write(gate[1], "g", 1), 1);
    }
    ::close(gate[1]);
    return child;
  }

  Hierarchy hierarchy_;
  const std::string top_ = "/berth-test-" + std::to_string(::getpid());
  const std::string task_ = top_ + "/task-1";
  const std::string web_ = task_ + "/web";
};

void take_64_mib() {
  std::vector<char> memory(64 * kMiB);
  for (std::size_t at = 0; at < memory.size(); at += 4096) memory[at] = 1;
  ::pause();
}

void ignore_sigterm() {
  ::signal(SIGTERM, SIG_IGN);
  while (true) ::pause();
}

/// Forks as fast as it can, within the cgroup's limit on processes.
void fork_without_end() {
  while (true) {
    if (::fork() < 0) ::usleep(100);
  }
}

TEST_F(CgroupsOnNode, AreRemovedWhenEmptyAndElseLeftAlone) {
  const Result<> left = hierarchy_.remove_if_empty(top_);
  EXPECT_TRUE(left) << left.error();
  EXPECT_TRUE(hierarchy_.exists(task_));

  ASSERT_TRUE(hierarchy_.remove(task_, Deadline::after(10s)));
  const Result<> removed = hierarchy_.remove_if_empty(top_);
  EXPECT_TRUE(removed) << removed.error();
  EXPECT_FALSE(hierarchy_.exists(top_));
  EXPECT_TRUE(hierarchy_.remove_if_empty(top_));
}

TEST_F(CgroupsOnNode, HoldTheLimitsTheyWereGiven) {
  Limits limits;
  limits.cpu_shares = 512;
  limits.cpu_quota = CpuQuota{50'000, 100'000};
  limits.memory_max = Bytes{64 * kMiB};
  limits.memory_reservation = Bytes{32 * kMiB};
  limits.pids_max = 100;

  const Result<> set = set_limits(hierarchy_, task_, limits);
  const auto found = limits_in_force(hierarchy_, task_);

  ASSERT_TRUE(set) << set.error();
  ASSERT_TRUE(found) << found.error();
  if (hierarchy_.version() == Version::V2) limits.cpu_shares = shares_for(weight_for(512));
  EXPECT_EQ(*found, limits);
}

TEST_F(CgroupsOnNode, TakeLimitsThatGrowAndShrinkAndGo) {
  for (const std::uint64_t mib : {64, 256, 32, 128}) {
    Limits limits;
    limits.memory_max = Bytes{mib * kMiB};
    limits.memory_and_swap = Bytes{2 * mib * kMiB};
    limits.cpu_quota = CpuQuota{mib * 1000, mib == 64 ? 10'000U : 100'000U};

    const Result<> set = set_limits(hierarchy_, task_, limits);
    const auto found = limits_in_force(hierarchy_, task_);

    ASSERT_TRUE(set) << mib << ": " << set.error();
    ASSERT_TRUE(found) << found.error();
    EXPECT_EQ(found->memory_max, limits.memory_max);
    EXPECT_EQ(found->cpu_quota, limits.cpu_quota);
    if (hierarchy_.counts_swap()) {
      EXPECT_EQ(found->memory_and_swap, limits.memory_and_swap);
    }
  }

  ASSERT_TRUE(set_limits(hierarchy_, task_, Limits{}));

  EXPECT_EQ(limits_in_force(hierarchy_, task_)->memory_max, std::nullopt);
  EXPECT_EQ(limits_in_force(hierarchy_, task_)->cpu_quota, std::nullopt);
}

TEST_F(CgroupsOnNode, CountAnOomKillBelowTheTaskAndTellOfIt) {
  make_container(web_);
  Limits limits;
  limits.memory_max = Bytes{16 * kMiB};
  limits.memory_and_swap = Bytes{16 * kMiB};
  ASSERT_TRUE(set_limits(hierarchy_, web_, limits));
  auto watch = Watch::open(hierarchy_, web_);
  ASSERT_TRUE(watch) << watch.error();

  const pid_t child = run_in(web_, take_64_mib);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);

  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  pollfd told{watch->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&told, 1, 1000), 1);
  const auto events = events_of(hierarchy_, task_);
  ASSERT_TRUE(events) << events.error();
  EXPECT_GE(events->oom_kills, 1U);
  EXPECT_FALSE(events->populated);
  const auto usage = usage_of(hierarchy_, web_);
  ASSERT_TRUE(usage) << usage.error();
  if (usage->memory_peak) {
    EXPECT_GT(usage->memory_peak->count, 15 * kMiB);
  }
}

void pause_until_killed() {
  while (true) ::pause();
}

TEST_F(CgroupsOnNode, TellOfPressureWhereTheKernelCountsIt) {
  make_container(web_);
  const Hierarchy::Branch* unified = hierarchy_.unified();
  // On a hybrid host it is runc that makes the cgroup there.
  if (unified != nullptr) {
    ASSERT_TRUE(unified->root.make_all(web_.substr(1)));
  }
  run_in(web_, pause_until_killed);

  const auto usage = usage_of(hierarchy_, web_);

  ASSERT_TRUE(usage) << usage.error();
  const auto is_counted = [&](const std::string& file) {
    return unified != nullptr && unified->root.read(web_.substr(1) + "/" + file).has_value();
  };
  EXPECT_EQ(usage->cpu_pressure.has_value(), is_counted("cpu.pressure"));
  EXPECT_EQ(usage->memory_pressure.has_value(), is_counted("memory.pressure"));
  EXPECT_EQ(usage->io_pressure.has_value(), is_counted("io.pressure"));
}

TEST_F(CgroupsOnNode, AreEmptyAfterAKillOfTheStubborn) {
  make_container(web_);
  make_container(task_ + "/sidecar");
  run_in(web_, ignore_sigterm);
  run_in(task_ + "/sidecar", ignore_sigterm);
  ASSERT_TRUE(events_of(hierarchy_, task_)->populated);
  EXPECT_EQ(usage_of(hierarchy_, task_)->pids, 2U);

  const Result<> killed = kill_all(hierarchy_, task_, Deadline::after(5s));

  ASSERT_TRUE(killed) << killed.error();
  EXPECT_FALSE(events_of(hierarchy_, task_)->populated);
}

TEST_F(CgroupsOnNode, AreEmptyAfterAKillOfAForkBomb) {
  Limits limits;
  limits.pids_max = 64;
  ASSERT_TRUE(set_limits(hierarchy_, task_, limits));
  make_container(web_);
  run_in(web_, fork_without_end);

  const Result<> killed = kill_all(hierarchy_, task_, Deadline::after(20s));

  ASSERT_TRUE(killed) << killed.error();
  EXPECT_FALSE(events_of(hierarchy_, task_)->populated);
}

TEST_F(CgroupsOnNode, AreKilledAlsoWhenAContainerIsFrozen) {
  make_container(web_);
  run_in(web_, ignore_sigterm);
  const bool v1 = hierarchy_.version() == Version::V1;
  const auto dir = hierarchy_.open_cgroup(v1 ? "freezer" : "memory", web_);
  ASSERT_TRUE(dir) << dir.error();
  ASSERT_TRUE(v1 ? dir->write("freezer.state", "FROZEN") : dir->write("cgroup.freeze", "1"));

  const Result<> killed = kill_all(hierarchy_, task_, Deadline::after(5s));

  EXPECT_TRUE(killed) << killed.error();
}

TEST_F(CgroupsOnNode, StayWhileAProcessIsInside) {
  make_container(web_);
  run_in(web_, ignore_sigterm);

  EXPECT_TRUE(hierarchy_.remove(task_, Deadline::after(20ms)).failed_with(Errc::TimedOut));
  EXPECT_TRUE(hierarchy_.exists(task_));
}

}  // namespace berth::cgroups
