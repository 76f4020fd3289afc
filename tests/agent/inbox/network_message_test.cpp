// network_message_test.cpp - what berth-lab tells of groups and routes, kept and followed.
#include <gmock/gmock.h>

#include "tests/agent/inbox/inbox_under_test.hpp"

namespace berth::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class NetworkMessage : public InboxUnderTest {
 protected:
  static protocol::Envelope told(std::int64_t version,
                                 const std::string& instance = "arn:instance") {
    protocol::BerthNetworkMessage message;
    message.message_id = "id-" + std::to_string(version);
    message.cluster_arn = "arn:cluster";
    message.container_instance_arn = instance;
    message.version = version;
    message.security_groups = {
        {"sg-1", version, {{"tcp", 80, 80, {"10.0.0.0/8"}, {}}}, {}, {"10.213.1.2"}}};
    message.routes = {{"10.213.2.0/24", "192.0.2.2"}};
    return {std::string(protocol::BerthNetworkMessage::kType), protocol::encode(message)};
  }
};

TEST_F(NetworkMessage, IsKeptFollowedAndAcknowledged) {
  ASSERT_TRUE(receive(told(4)));

  ASSERT_EQ(followed.size(), 1U);
  EXPECT_EQ(followed[0].groups[0].ingress[0].from_port, 80);
  EXPECT_THAT(followed[0].routes, ElementsAre(model::NodeRoute{"10.213.2.0/24", "192.0.2.2"}));
  EXPECT_EQ(book.told, followed[0]);
  EXPECT_THAT(frames, ElementsAre(ack("id-4")));
}

TEST_F(NetworkMessage, ThatIsOldIsOnlyAcknowledged) {
  ASSERT_TRUE(receive(told(4)));
  ASSERT_TRUE(receive(told(3)));
  ASSERT_TRUE(receive(told(4)));

  EXPECT_EQ(followed.size(), 1U);
  EXPECT_EQ(book.told.version, 4);
  EXPECT_THAT(frames, ElementsAre(ack("id-4"), ack("id-3"), ack("id-4")));
}

TEST_F(NetworkMessage, ToANewInstanceBeginsAnew) {
  ASSERT_TRUE(receive(told(4, "arn:old")));
  ASSERT_TRUE(receive(told(1)));

  EXPECT_EQ(followed.size(), 2U);
  EXPECT_EQ(book.told.version, 1);
}

TEST_F(NetworkMessage, ThatCannotBeWrittenDownIsSentAgain) {
  book.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});

  EXPECT_FALSE(receive(told(4)));

  EXPECT_THAT(followed, IsEmpty());
  EXPECT_THAT(frames, IsEmpty());
}

TEST_F(NetworkMessage, ThatCannotBeFollowedIsFollowedWhenItComesAgain) {
  refuses_to_follow = true;
  ASSERT_TRUE(receive(told(4)));
  EXPECT_EQ(book.told.version, 4);
  EXPECT_THAT(frames, IsEmpty());

  refuses_to_follow = false;
  ASSERT_TRUE(receive(told(4)));

  EXPECT_EQ(followed.size(), 2U);
  EXPECT_THAT(frames, ElementsAre(ack("id-4")));
}

}  // namespace
}  // namespace berth::inbox
