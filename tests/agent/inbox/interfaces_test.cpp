// interfaces_test.cpp - which NIC has to appear for which announced interface.
#include "agent/inbox/interfaces.hpp"

#include <gmock/gmock.h>

#include <tuple>

namespace berth::inbox {
namespace {

using ::testing::HasSubstr;

constexpr WallTime kNow{std::chrono::hours(24)};

Announcement announcement(const std::string& task_arn = "arn:task/9f") {
  Announcement one;
  one.task_arn = task_arn;
  one.wait = std::chrono::minutes(5);
  protocol::ElasticNetworkInterface eni;
  eni.mac = "02:11:22:33:AA:BB";
  eni.attachment_arn = "arn:attachment/1";
  one.enis.push_back(eni);
  return one;
}

TEST(AttachmentsOf, HaveTheirTimeFromTheMomentTheyCame) {
  const auto all = attachments_of(announcement(), kNow, true);

  ASSERT_TRUE(all) << all.error();
  ASSERT_EQ(all->size(), 1U);
  records::Attachment expected;
  expected.mac = "02:11:22:33:aa:bb";
  expected.arn = "arn:attachment/1";
  expected.task_arn = "arn:task/9f";
  expected.device = "02:11:22:33:aa:bb";
  expected.announced_at = kNow;
  expected.expires_at = kNow + std::chrono::minutes(5);
  EXPECT_EQ(all->front(), expected);
}

TEST(AttachmentsOf, NeedANicAsTheirKindAndTheNodeHaveIt) {
  const std::tuple<const char*, const char*, bool, const char*> cases[] = {
      // owner, protocol, NICs are plugged in, device that has to appear
      {"arn:task/9f", "", false, ""},
      {"arn:task/9f", "default", false, ""},
      {"arn:task/9f", "default", true, "02:11:22:33:aa:bb"},
      {"arn:task/9f", "vlan", false, "02:00:00:00:00:0f"},
      {"arn:task/9f", "vlan", true, "02:00:00:00:00:0f"},
      {"", "default", false, "02:11:22:33:aa:bb"},
      {"", "default", true, "02:11:22:33:aa:bb"},
  };
  for (const auto& [owner, protocol, plugged_in, device] : cases) {
    Announcement one = announcement(owner);
    one.enis[0].association_protocol = protocol;
    one.enis[0].vlan = protocol::VlanProperties{"7", "02:00:00:00:00:0F"};

    const auto all = attachments_of(one, kNow, plugged_in);

    ASSERT_TRUE(all) << all.error();
    EXPECT_EQ(all->front().device, device) << owner << " " << protocol << " " << plugged_in;
  }
}

TEST(AttachmentsOf, AreRefusedWithAnAddressThatIsNone) {
  for (const char* mac : {"", "02:11:22:33:44", "02:11:22:33:44:5g", "02-11-22-33-44-55",
                          "03:11:22:33:44:55", "0f:11:22:33:44:55", "02:11:22:33:44:55:66"}) {
    Announcement bad = announcement();
    bad.enis[0].mac = mac;
    Announcement bad_trunk = announcement();
    bad_trunk.enis[0].association_protocol = "vlan";
    bad_trunk.enis[0].vlan = protocol::VlanProperties{"7", mac};

    const auto all = attachments_of(bad, kNow, true);
    const auto none = attachments_of(bad_trunk, kNow, true);

    ASSERT_FALSE(all) << mac;
    EXPECT_THAT(all.error().message, HasSubstr("elasticNetworkInterfaces[0].macAddress: \"" +
                                               std::string(mac) + "\" must be"));
    ASSERT_FALSE(none) << mac;
    EXPECT_THAT(none.error().message,
                HasSubstr("interfaceVlanProperties.trunkInterfaceMacAddress: \""));
  }
}

}  // namespace
}  // namespace berth::inbox
