// records_test.cpp - documents of lab.db: of today, of before, and of nobody.
#include <gtest/gtest.h>

#include "lab/instance.hpp"
#include "lab/security_group.hpp"
#include "lab/task.hpp"

namespace berth::lab {
namespace {

TEST(InstanceRecord, KeepsBlocksAndAddresses) {
  Instance instance;
  instance.blocks = {{"subnet-lab", 3}, {"subnet-1", 0}};
  instance.address = "192.168.1.12";
  instance.lab_address = "192.168.1.1";
  instance.network_told = true;

  const auto back = instance_from_record(to_record(instance));

  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(back->blocks, instance.blocks);
  EXPECT_EQ(to_record(*back), to_record(instance));
}

TEST(InstanceRecord, OfBeforeThereWereSubnetsIsRead) {
  Json record = to_record(Instance());
  for (const char* later : {"blocks", "address", "labAddress", "networkTold"}) record.erase(later);
  record["block"] = 7;

  const auto read = instance_from_record(record);

  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->blocks, (std::map<std::string, std::uint32_t>{{"subnet-lab", 7}}));
  EXPECT_EQ(read->address, "");
}

TEST(TaskRecord, OfBeforeThereWasIpv6IsRead) {
  Task task;
  Interface interface;
  interface.address = "10.213.0.2";
  interface.subnet = "subnet-lab";
  task.interface = interface;
  Json record = to_record(task);
  for (const char* later : {"ipv6Address", "ipv6Gateway", "ipv6Prefix", "groups"}) {
    record["interface"].erase(later);
  }

  const auto read = task_from_record(record);

  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->interface->addresses(), std::vector<std::string>{"10.213.0.2"});
  EXPECT_TRUE(read->interface->groups.empty());
}

TEST(GroupRecord, ComesBackOrIsRefused) {
  SecurityGroup group;
  group.id = "sg-1";
  group.name = "web";
  group.ingress = {{"sgr-1", "tcp", 80, 90, "10.0.0.0/8", "", "why"}};
  group.egress = {everything("sgr-2", "::/0")};
  group.version = 5;

  const auto back = group_from_record(to_record(group));

  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(to_record(*back), to_record(group));
  EXPECT_TRUE(group_from_record({{"id", "sg-1"}}).failed_with(Errc::Broken));
}

}  // namespace
}  // namespace berth::lab
