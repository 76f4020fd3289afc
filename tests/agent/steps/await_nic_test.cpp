// await_nic_test.cpp - which tasks need a NIC before their network can be made.
#include "agent/steps/await_nic.hpp"

#include <gtest/gtest.h>

#include "tests/agent/steps/workbench.hpp"

namespace berth::steps {
namespace {

using testing::a_container;
using testing::a_task;
using testing::Workbench;

constexpr const char* kNic = "02:00:00:00:AA:01";
constexpr const char* kTrunk = "02:00:00:00:00:0F";

/// trunk: "" is none.
model::Record record_with(const std::string& driver, const std::string& trunk = "") {
  model::Record record;
  record.task = a_task({a_container("main")});
  record.task.eni.emplace();
  record.task.eni->mac = kNic;
  record.task.eni->trunk_mac = trunk;
  record.placement.eni_access.driver = driver;
  return record;
}

TEST(NicFor, IsNoneWhereBerthMakesTheInterface) {
  model::Record without = record_with("hotplug");
  without.task.eni.reset();
  for (const model::Record& record :
       {record_with("bridge"), record_with("macvlan"), record_with("vlan"), without}) {
    const auto nic = nic_for(record);

    ASSERT_TRUE(nic) << nic.error();
    EXPECT_FALSE(*nic) << record.placement.eni_access.driver;
  }
}

TEST(NicFor, IsTheInterfaceItselfWhereNicsArePluggedIn) {
  const auto nic = nic_for(record_with("hotplug"));

  ASSERT_TRUE(nic && *nic);
  EXPECT_EQ((*nic)->mac, "02:00:00:00:aa:01");
  EXPECT_EQ((*nic)->device, "02:00:00:00:aa:01");
  EXPECT_TRUE((*nic)->must_be_announced);
}

TEST(NicFor, IsTheTrunkOfABranchWhichNeedNotBeAnnounced) {
  const auto nic = nic_for(record_with("vlan", kTrunk));

  ASSERT_TRUE(nic && *nic);
  EXPECT_EQ((*nic)->mac, "02:00:00:00:aa:01");
  EXPECT_EQ((*nic)->device, "02:00:00:00:00:0f");
  EXPECT_FALSE((*nic)->must_be_announced);
}

TEST(NicFor, NeedNotBeAnnouncedForATaskOfAFile) {
  model::Record record = record_with("hotplug");
  record.task.origin = model::Origin::Local;

  const auto nic = nic_for(record);

  ASSERT_TRUE(nic && *nic);
  EXPECT_FALSE((*nic)->must_be_announced);
}

TEST(AwaitNic, DoesNotHoldUpATaskWithoutOne) {
  Workbench bench;

  const auto waited = bench.loop.run(await_nic(bench.tools, bench.share(record_with("bridge"))));

  EXPECT_TRUE(waited) << waited.error();
}

}  // namespace
}  // namespace berth::steps
