// keys_test.cpp - keys of task roles: kept in memory, acknowledged, never written or said.
#include <gmock/gmock.h>

#include "agent/records/codec.hpp"
#include "base/log.hpp"
#include "tests/agent/inbox/inbox_under_test.hpp"

namespace berth::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Json some_keys(const std::string& id, const std::string& secret) {
  return {{"credentialsId", id},
          {"roleArn", "arn:aws:iam::123456789012:role/app"},
          {"accessKeyId", "ASIA-" + secret},
          {"secretAccessKey", secret},
          {"sessionToken", "token-" + secret},
          {"expiration", "2026-01-01T06:00:00Z"}};
}

class KeysTest : public InboxUnderTest {
 protected:
  static protocol::Envelope renewal(const std::string& task, const std::string& id,
                                    const std::string& secret) {
    return {std::string(protocol::IAMRoleCredentialsMessage::kType),
            {{"messageId", "cr-3"},
             {"taskArn", task},
             {"roleType", "TaskApplication"},
             {"roleCredentials", some_keys(id, secret)}}};
  }
  std::string secret_of(const std::string& id) const {
    const vault::RoleKeys* keys = vault.find(id);
    return keys ? keys->secret_access_key : "";
  }
};

TEST_F(KeysTest, AcknowledgesKeysOfItsTasksOnly) {
  protocol::Envelope keys = recorded_in(kTraces + "/11-agent-restart.json").sent.at(1);
  ASSERT_EQ(keys.type, protocol::IAMRoleCredentialsMessage::kType);
  ASSERT_TRUE(receive(payload()));
  frames.clear();

  ASSERT_TRUE(receive(keys));
  const std::size_t for_a_stranger = frames.size();
  keys.message["taskArn"] = arn_in(payload());
  ASSERT_TRUE(receive(keys));

  EXPECT_EQ(for_a_stranger, 0U);
  EXPECT_NE(vault.find(keys.message["roleCredentials"]["credentialsId"]), nullptr);
  const Json message{{"messageId", keys.message["messageId"]},
                     {"expiration", keys.message["roleCredentials"]["expiration"]},
                     {"credentialsId", keys.message["roleCredentials"]["credentialsId"]}};
  EXPECT_THAT(frames,
              ElementsAre(Json{{"type", "IAMRoleCredentialsAckRequest"}, {"message", message}}));
}

TEST_F(KeysTest, OfAPayloadAreKeptBeforeItsTaskStarts) {
  protocol::Envelope envelope = payload();
  envelope.message["tasks"][0]["roleCredentials"] = some_keys("app", "one");
  envelope.message["tasks"][0]["executionRoleCredentials"] = some_keys("exec", "two");
  journal.commits.shut();
  loop.nursery.start("receive", inbox.receive(envelope));
  go_on();

  ASSERT_NE(vault.find("app"), nullptr);
  ASSERT_NE(vault.find("exec"), nullptr);
  EXPECT_EQ(vault.find("app")->role, vault::Role::Application);
  EXPECT_EQ(vault.find("exec")->role, vault::Role::Execution);
  EXPECT_EQ(vault.find("exec")->task_arn, arn_in(envelope));
  journal.commits.open();
  go_on();
}

TEST_F(KeysTest, AreRenewedInPlace) {
  ASSERT_TRUE(receive(payload()));

  for (const char* secret : {"first", "second"}) {
    ASSERT_TRUE(receive(renewal(arn_in(payload()), "c-1", secret)));
    EXPECT_EQ(secret_of("c-1"), secret);
  }
}

TEST_F(KeysTest, OfATaskThatIsOverAreAcknowledgedButNotKept) {
  protocol::Envelope envelope = payload();
  envelope.message["tasks"][0]["desiredStatus"] = "STOPPED";
  ASSERT_TRUE(receive(envelope));
  go_on();
  frames.clear();

  ASSERT_TRUE(receive(renewal(arn_in(envelope), "c-1", "late")));

  EXPECT_EQ(vault.find("c-1"), nullptr);
  EXPECT_EQ(frames.size(), 1U);
}

TEST_F(KeysTest, ThatFindNoRoomAreNotAcknowledged) {
  ASSERT_TRUE(receive(payload()));
  frames.clear();
  for (std::size_t nth = 0; nth < vault::Vault::kMostSets; ++nth) {
    ASSERT_TRUE(vault.keep({std::to_string(nth), "", {}, "", "", "", "", ""}));
  }

  const auto alone = receive(renewal(arn_in(payload()), "c-1", "hush"));
  protocol::Envelope envelope = payload();
  envelope.message["tasks"][0]["roleCredentials"] = some_keys("c-1", "hush");
  const auto with_task = receive(envelope);

  ASSERT_TRUE(alone.failed_with(Errc::Exhausted));
  EXPECT_THAT(alone.error().text(), Not(HasSubstr("hush")));
  EXPECT_TRUE(with_task) << with_task.error();
  EXPECT_THAT(frames, IsEmpty());
}

TEST_F(KeysTest, AreNeitherWrittenNorSaid) {
  protocol::Envelope envelope = payload();
  envelope.message["tasks"][0]["roleCredentials"] = some_keys("app", "hush");
  ::testing::internal::CaptureStderr();
  const log::Level before = log::level();
  log::set_level(log::Level::Debug);

  ASSERT_TRUE(receive(envelope));
  ASSERT_TRUE(receive(renewal(arn_in(envelope), "app", "hush")));
  ASSERT_TRUE(receive(renewal("arn:aws:ecs:us-west-2:123456789012:task/lab/9f", "other", "hush")));

  log::set_level(before);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), Not(HasSubstr("hush")));
  for (const auto& [arn, record] : journal.written) {
    EXPECT_THAT(records::encode(record), Not(HasSubstr("hush"))) << arn;
  }
  EXPECT_EQ(frames.size(), 3U);
}

}  // namespace
}  // namespace berth::inbox
