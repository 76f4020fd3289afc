// recorded_test.cpp - every recorded message of the ECS agent comes back as it was.
#include "tests/controlplane/protocol/recorded.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "controlplane/protocol/instance.hpp"
#include "controlplane/protocol/payload.hpp"
#include "controlplane/protocol/session.hpp"
#include "controlplane/protocol/state_change.hpp"
#include "controlplane/protocol/telemetry.hpp"

namespace berth::protocol {
namespace {

using Again = std::function<Result<Json>(const Json&)>;

/// Decodes and encodes again.
template <class Message>
Result<Json> again(const Json& body) {
  BERTH_TRY(Message message, decode<Message>(body));
  return encode(message);
}

Result<Json> payload_again(const Json& body) {
  BERTH_TRY(auto payload, decode_payload(body));
  if (!payload.undecoded.empty()) return payload.undecoded.front().why;
  return encode(payload.message);
}

const std::map<std::string, Again>& codecs() {
  static const std::map<std::string, Again> all{
      {"PayloadMessage", payload_again},
      {"AckRequest", again<AckRequest>},
      {"HeartbeatMessage", again<HeartbeatMessage>},
      {"HeartbeatAckRequest", again<HeartbeatAckRequest>},
      {"IAMRoleCredentialsMessage", again<IAMRoleCredentialsMessage>},
      {"IAMRoleCredentialsAckRequest", again<IAMRoleCredentialsAckRequest>},
      {"PublishMetricsRequest", again<PublishMetricsRequest>},
      {"PublishHealthRequest", again<PublishHealthRequest>},
      {"PublishInstanceStatusRequest", again<PublishInstanceStatusRequest>},
      {"AckPublishMetric", again<AckPublishMetric>},
      {"AckPublishHealth", again<AckPublishHealth>},
      {"AckPublishInstanceStatus", again<AckPublishInstanceStatus>},
      {"req RegisterContainerInstance", again<RegisterContainerInstanceRequest>},
      {"resp RegisterContainerInstance", again<RegisterContainerInstanceResponse>},
      {"req DiscoverPollEndpoint", again<DiscoverPollEndpointRequest>},
      {"resp DiscoverPollEndpoint", again<DiscoverPollEndpointResponse>},
      {"req SubmitTaskStateChange", again<SubmitTaskStateChangeRequest>},
      {"resp SubmitTaskStateChange", again<SubmitStateChangeResponse>},
  };
  return all;
}

std::string codec_name(const Recorded& message) {
  if (!message.kind.starts_with("api.")) return message.name;
  return message.kind.substr(4) + " " + message.name;
}

TEST(Codecs, GiveEveryRecordedMessageBackUnchanged) {
  std::map<std::string, int> seen;

  for (Recorded& message : recorded_messages()) {
    const auto codec = codecs().find(codec_name(message));
    ASSERT_NE(codec, codecs().end()) << codec_name(message);
    if (codec->first == "resp RegisterContainerInstance") {
      message.body["containerInstance"].erase("versionInfo");  // not modelled
      message.body["containerInstance"].erase("attachments");
    }

    auto encoded = codec->second(message.body);

    ASSERT_TRUE(encoded) << message.scenario << ": " << encoded.error();
    EXPECT_EQ(*encoded, message.body) << message.scenario << " " << codec->first;
    ++seen[codec->first];
  }
  EXPECT_EQ(seen.size(), codecs().size()) << "a codec has no recorded message to answer to";
}

TEST(Codecs, ReadMembersWhateverTheirCase) {
  const Json body = recorded("acs.send", "PayloadMessage", "04-healthcheck").front();
  Json shouted = Json::object();
  for (const auto& [name, value] : body.items()) {
    std::string other = name;
    other[0] = static_cast<char>(std::toupper(other[0]));
    shouted[other] = value;
  }

  auto payload = decode_payload(shouted);

  ASSERT_TRUE(payload) << payload.error();
  EXPECT_EQ(encode(payload->message), body);
}

TEST(Codecs, TakeANullForAnAbsentMember) {
  auto ack = decode<AckRequest>({{"messageId", "m-1"}, {"cluster", nullptr}});

  ASSERT_TRUE(ack) << ack.error();
  EXPECT_EQ(ack->cluster, "");
}

}  // namespace
}  // namespace berth::protocol
