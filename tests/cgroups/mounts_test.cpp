// mounts_test.cpp - mount lines as real machines show them.
#include "cgroups/mounts.hpp"

#include <gtest/gtest.h>

namespace berth::cgroups {

TEST(ParseMounts, FindsTheControllersOfEachV1Mount) {
  const auto mounts = parse_mounts(
      "sysfs /sys sysfs rw 0 0\n"
      "tmpfs /sys/fs/cgroup tmpfs ro,nosuid,nodev,noexec,mode=755 0 0\n"
      "cgroup /sys/fs/cgroup/systemd cgroup rw,nosuid,xattr,release_agent=/x,name=systemd 0 0\n"
      "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,relatime,cpu,cpuacct 0 0\n"
      "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0\n");

  const std::vector<Mount> expected{
      {"/sys/fs/cgroup/systemd", false, false, {"name=systemd"}},
      {"/sys/fs/cgroup/cpu,cpuacct", false, false, {"cpu", "cpuacct"}},
      {"/sys/fs/cgroup/unified", true, false, {}}};
  EXPECT_EQ(mounts, expected);
}

TEST(ParseMounts, ReadsEscapedBlanksInPaths) {
  const auto mounts = parse_mounts("cgroup2 /mnt/my\\040groups cgroup2 rw 0 0");

  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts.front().point, "/mnt/my groups");
}

TEST(ParseMounts, PrefersTheFirstWritableMountOfAHierarchy) {
  const auto mounts = parse_mounts(
      "cgroup2 /a cgroup2 ro 0 0\n"
      "cgroup2 /b cgroup2 rw 0 0\n"
      "cgroup2 /c cgroup2 rw 0 0\n");

  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts.front().point, "/b");
}

TEST(ParseMounts, SkipsLinesItCannotRead) {
  EXPECT_TRUE(parse_mounts("").empty());
  EXPECT_TRUE(parse_mounts("cgroup2 /x\n\n \ncgroup\n").empty());
}

}  // namespace berth::cgroups
