// session_test.cpp - frames, the rules of each session message, errors of the service.
#include "controlplane/protocol/session.hpp"

#include <gtest/gtest.h>

namespace berth::protocol {
namespace {

TEST(Frame, HasTypeAndMessageAndNothingElse) {
  const std::string text = frame_text(HeartbeatAckRequest{"hb-77"});

  EXPECT_EQ(text, R"({"message":{"messageId":"hb-77"},"type":"HeartbeatAckRequest"})");
}

TEST(Frame, ComesBackAsItsEnvelope) {
  auto envelope = decode_frame(R"({"type":"HeartbeatMessage","message":{"healthy":true}})");

  ASSERT_TRUE(envelope) << envelope.error();
  EXPECT_EQ(envelope->type, "HeartbeatMessage");
  EXPECT_EQ(envelope->message, (Json{{"healthy", true}}));
}

TEST(Frame, IsRefusedUnlessItHasBoth) {
  const std::pair<const char*, const char*> cases[] = {
      {"{", "not JSON: error at byte 2 of the text"},
      {"[]", "frame: must be an object"},
      {R"({"message":{}})", "frame.type: is required"},
      {R"({"type":"X"})", "frame.message: is required"},
      {R"({"type":"X","message":[]})", "frame.message: [] must be an object"},
  };
  for (const auto& [text, why] : cases) {
    auto envelope = decode_frame(text);

    ASSERT_FALSE(envelope) << text;
    EXPECT_EQ(envelope.error(), (Error{Errc::Invalid, 0, why})) << text;
  }
}

TEST(RoleCredentials, AreRefusedWithAnUnknownRoleOrWithoutKeys) {
  Json body = {{"messageId", "cr-3"},
               {"taskArn", "arn:task"},
               {"roleType", "TaskApplication"},
               {"roleCredentials", {{"credentialsId", "c-1"}}}};
  ASSERT_TRUE(decode<IAMRoleCredentialsMessage>(body));

  body["roleType"] = "Root";
  auto unknown_role = decode<IAMRoleCredentialsMessage>(body);
  body["roleType"] = "TaskExecution";
  body.erase("roleCredentials");
  auto without_keys = decode<IAMRoleCredentialsMessage>(body);

  ASSERT_FALSE(unknown_role);
  EXPECT_EQ(unknown_role.error().message,
            "IAMRoleCredentialsMessage.roleType: \"Root\" must be \"TaskApplication\" or "
            "\"TaskExecution\"");
  ASSERT_FALSE(without_keys);
  EXPECT_EQ(without_keys.error().message, "IAMRoleCredentialsMessage.roleCredentials: is required");
}

template <class Message>
void expect_back(const Json& body) {
  auto message = decode<Message>(body);
  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ(encode(*message), body);
}

TEST(Session, KeepsEveryMemberOfTheRarerMessages) {
  const Json task = {{"taskArn", "t"}, {"taskClusterArn", "c"}, {"desiredStatus", "STOPPED"}};
  expect_back<NackRequest>({{"cluster", "c"},
                            {"containerInstance", "i"},
                            {"messageId", "u-1"},
                            {"reason", "Updates are disabled"}});
  expect_back<TaskManifestMessage>({{"messageId", "m-9"},
                                    {"timeline", 43},
                                    {"generatedAt", 1767225660000},
                                    {"clusterArn", "c"},
                                    {"containerInstanceArn", "i"},
                                    {"tasks", Json::array({task})}});
  expect_back<TaskStopVerificationMessage>(
      {{"messageId", "m-9"}, {"stopCandidates", Json::array({task})}});
  expect_back<TaskStopVerificationAck>(
      {{"messageId", "m-9"}, {"generatedAt", 1767225661000}, {"stopTasks", Json::array({task})}});
  expect_back<CloseMessage>({{"message", "reconnect"}});
  expect_back<ErrorMessage>({{"message", "text for the log"}});
}

TEST(ServiceError, IsReadInAllItsForms) {
  const ServiceError inactive{"InactiveInstanceException", "gone"};
  for (const char* body : {
           R"({"InactiveInstanceException":"gone"})",
           R"({"type":"InactiveInstanceException","message":{"message":"gone"}})",
           R"({"__type":"InactiveInstanceException","message":"gone"})",
           R"({"__type":"com.amazonaws.ecs#InactiveInstanceException","Message":"gone"})",
       }) {
    auto error = decode_service_error(body);

    ASSERT_TRUE(error) << body << error.error();
    EXPECT_EQ(*error, inactive) << body;
  }
  EXPECT_EQ(refusal_text(inactive), R"({"InactiveInstanceException":"gone"})");
}

TEST(ServiceError, IsNotMadeUpFromSomethingElse) {
  for (const char* body : {"", "Bad Gateway", "[]", "{}", R"({"a":"b","c":"d"})", R"({"a":1})"}) {
    EXPECT_TRUE(decode_service_error(body).failed_with(Errc::Invalid)) << body;
  }
}

TEST(Cut, EndsBeforeACharacterThatDoesNotFit) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "abc");
  EXPECT_EQ(cut("ab\u00e9", 3), "ab");
  EXPECT_EQ(cut("ab\u00e9", 4), "ab\u00e9");
  EXPECT_EQ(cut("\u20ac\u20ac", 5), "\u20ac");
}

}  // namespace
}  // namespace berth::protocol
