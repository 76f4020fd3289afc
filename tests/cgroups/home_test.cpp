// home_test.cpp - every wish on every kind of host.
#include "cgroups/home.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace berth::cgroups {
namespace {

constexpr HomeFacts kBare{};
constexpr HomeFacts kBareV2{true, false, false, false};
constexpr HomeFacts kV1{false, true, true, false};
constexpr HomeFacts kV2{true, true, true, false};
constexpr HomeFacts kNoBus{true, true, false, false};
constexpr HomeFacts kPackaged{true, true, true, true};
constexpr HomeFacts kPackagedV1{false, true, true, true};

TEST(ChooseHome, TakesWhatTheHostHas) {
  struct Row {
    HomeFacts facts;
    Driver driver;
    std::string parent;
    std::string reason;
  };
  for (const Row& row : std::vector<Row>{
           {kBare, Driver::Cgroupfs, "/berth", "not process 1"},
           {kBareV2, Driver::Cgroupfs, "/berth", "not process 1"},
           {kV1, Driver::Cgroupfs, "/berth", "cgroup v1"},
           {kV2, Driver::Systemd, "berth.slice", "the hierarchy is systemd's"},
           {kNoBus, Driver::Cgroupfs, "/berth", "no system bus"},
           {kPackaged, Driver::Cgroupfs, "/berth.slice/berth-tasks.service", "delegates"},
           {kPackagedV1, Driver::Cgroupfs, "/berth.slice/berth-tasks.service", "delegates"}}) {
    const Result<Home> home = choose_home({}, row.facts);
    ASSERT_TRUE(home) << home.error();
    EXPECT_EQ(home->driver, row.driver) << row.reason;
    EXPECT_EQ(home->parent, row.parent);
    EXPECT_NE(home->reason.find(row.reason), std::string::npos) << home->reason;
  }
}

TEST(ChooseHome, DoesAsItIsTold) {
  struct Row {
    HomeWish wish;
    HomeFacts facts;
    Driver driver;
    std::string parent;
  };
  for (const Row& row :
       std::vector<Row>{{{"cgroupfs", ""}, kV2, Driver::Cgroupfs, "/berth"},
                        {{"cgroupfs", ""}, kPackaged, Driver::Cgroupfs, kDelegated},
                        {{"cgroupfs", "/a/b"}, kPackaged, Driver::Cgroupfs, "/a/b"},
                        {{"systemd", ""}, kPackaged, Driver::Systemd, "berth.slice"},
                        {{"systemd", ""}, kV1, Driver::Systemd, "berth.slice"},
                        {{"systemd", "lab.slice"}, kV2, Driver::Systemd, "lab.slice"},
                        {{"", "lab.slice"}, kPackaged, Driver::Systemd, "lab.slice"},
                        {{"", "/a.slice/b"}, kPackaged, Driver::Cgroupfs, "/a.slice/b"}}) {
    const Result<Home> home = choose_home(row.wish, row.facts);
    ASSERT_TRUE(home) << home.error();
    EXPECT_EQ(home->driver, row.driver);
    EXPECT_EQ(home->parent, row.parent);
    EXPECT_NE(home->reason.find("BERTH_CGROUP_"), std::string::npos) << home->reason;
  }
}

TEST(ChooseHome, RefusesWhatCannotBe) {
  struct Row {
    HomeWish wish;
    HomeFacts facts;
    std::string reason;
  };
  for (const Row& row :
       std::vector<Row>{{{"systemd", ""}, kBareV2, "BERTH_CGROUP_DRIVER=systemd: systemd is not"},
                        {{"systemd", ""}, kNoBus, "BERTH_CGROUP_DRIVER=systemd: no system bus"},
                        {{"systemd", "/a"}, kV2, "BERTH_CGROUP_PARENT=/a: a path"},
                        {{"cgroupfs", "a.slice"}, kV2, "BERTH_CGROUP_PARENT=a.slice: a slice"},
                        {{"", "a.slice"}, kBare, "BERTH_CGROUP_PARENT=a.slice: systemd is not"}}) {
    const Result<Home> home = choose_home(row.wish, row.facts);
    ASSERT_TRUE(home.failed_with(Errc::Invalid)) << row.reason;
    EXPECT_NE(home.error().message.find(row.reason), std::string::npos) << home.error();
  }
}

}  // namespace
}  // namespace berth::cgroups
