// units_test.cpp - where a slice's cgroup is; asking without a bus. Slices themselves:
// tests/e2e/systemd.
#include "systemd/units.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace berth::systemd {
namespace {

TEST(CgroupOfSlice, FollowsTheDashesOfTheName) {
  EXPECT_EQ(cgroup_of_slice("berth.slice").value(), "/berth.slice");
  EXPECT_EQ(cgroup_of_slice("a-b-c.slice").value(), "/a.slice/a-b.slice/a-b-c.slice");
}

TEST(CgroupOfSlice, RefusesWhatIsNoSlice) {
  for (const char* name : {"", ".slice", "-.slice", "berth", "berth.service", "a--b.slice",
                           "-a.slice", "a-.slice", "a/b.slice", "a b.slice"}) {
    const Result<std::string> path = cgroup_of_slice(name);
    ASSERT_FALSE(path) << name;
    EXPECT_EQ(path.error().code, Errc::Invalid) << name;
    EXPECT_NE(path.error().message.find("\"" + std::string(name) + "\""), std::string::npos);
  }
}

TEST(Slices, WithoutABusSayWhatTheyWanted) {
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  const Deadline by = Deadline::after(std::chrono::seconds(5));
  const Result<> started = start_slice({"berth-test.slice", {}}, by);
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  ASSERT_TRUE(started.failed_with(Errc::NotFound)) << started.error();
  EXPECT_NE(started.error().message.find("system bus"), std::string::npos);
}

}  // namespace
}  // namespace berth::systemd
