// state_change_test.cpp - exactly which members a report has.
#include "controlplane/protocol/state_change.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "controlplane/protocol/instance.hpp"

namespace berth::protocol {
namespace {

SubmitTaskStateChangeRequest stopped_task() {
  SubmitTaskStateChangeRequest request;
  request.cluster = "lab";
  request.task = "arn:task";
  request.status = "STOPPED";
  return request;
}

TEST(SubmitTaskStateChange, AlwaysHasAReasonAndLeavesOutWhatIsUnknown) {
  auto request = stopped_task();
  EXPECT_EQ(encode(request),
            Json::parse(R"({"cluster":"lab","task":"arn:task","status":"STOPPED","reason":""})"));

  ContainerStateChange never_ran;
  never_ran.container_name = "web";
  never_ran.status = "STOPPED";
  ContainerStateChange ran = never_ran;
  ran.container_name = "side";
  ran.exit_code = 0;
  ran.network_bindings = {{"0.0.0.0", 80, 32768, "tcp", "", ""}, {"", 0, 0, "", "1-2", "3-4"}};
  request.containers = {never_ran, ran};

  EXPECT_EQ(encode(request)["containers"], Json::parse(R"([
    {"containerName":"web","status":"STOPPED"},
    {"containerName":"side","status":"STOPPED","exitCode":0,"networkBindings":[
      {"bindIP":"0.0.0.0","containerPort":80,"hostPort":32768,"protocol":"tcp"},
      {"containerPortRange":"1-2","hostPortRange":"3-4"}]}])"));
}

TEST(SubmitTaskStateChange, WritesTimesAsSecondsWithMilliseconds) {
  auto request = stopped_task();
  request.pull_started_at = WallTime{std::chrono::milliseconds(1795229559636)};
  request.execution_stopped_at = WallTime{std::chrono::milliseconds(1795229560000)};

  const std::string text = dump_json(encode(request));

  EXPECT_NE(text.find("\"pullStartedAt\":1795229559.636,"), std::string::npos) << text;
  EXPECT_NE(text.find("\"executionStoppedAt\":1795229560,"), std::string::npos) << text;
  EXPECT_EQ(text.find("pullStoppedAt"), std::string::npos) << text;
}

TEST(SubmitTaskStateChange, ConfirmsAttachmentsWithoutStatusOrReason) {
  SubmitTaskStateChangeRequest request;
  request.cluster = "lab";
  request.task = "arn:task";
  request.attachments = {{"arn:attachment", "ATTACHED"}};

  const Json body = encode(request);

  EXPECT_EQ(body, Json::parse(R"({"cluster":"lab","task":"arn:task",
    "attachments":[{"attachmentArn":"arn:attachment","status":"ATTACHED"}]})"));
  EXPECT_EQ(decode<SubmitTaskStateChangeRequest>(body).value(), request);
}

TEST(SubmitTaskStateChange, CutsWhatTheServiceWouldRefuse) {
  auto request = stopped_task();
  request.reason = std::string(2000, 'r');
  request.containers.resize(1);
  request.containers[0].container_name = "web";
  request.containers[0].reason = std::string(1023, 'r') + "\u00e9";
  request.containers[0].runtime_id = std::string(300, 'i');
  request.containers[0].image_digest = std::string(300, 'd');

  const Json body = encode(request);

  EXPECT_EQ(body["reason"], std::string(1024, 'r'));
  EXPECT_EQ(body["containers"][0]["reason"], std::string(1023, 'r'));
  EXPECT_EQ(body["containers"][0]["runtimeId"], std::string(255, 'i'));
  EXPECT_EQ(body["containers"][0]["imageDigest"], std::string(255, 'd'));
}

TEST(SubmitTaskStateChange, IsRefusedWithoutATask) {
  auto request = decode<SubmitTaskStateChangeRequest>({{"status", "RUNNING"}});

  ASSERT_FALSE(request);
  EXPECT_EQ(request.error(), (Error{Errc::Invalid, 0, "SubmitTaskStateChange.task: is required"}));
}

TEST(SubmitContainerStateChange, IsFlatAndHasNoDigest) {
  SubmitContainerStateChangeRequest request;
  request.cluster = "lab";
  request.task = "arn:task";
  request.container.container_name = "web";
  request.container.status = "STOPPED";
  request.container.exit_code = 3;
  request.container.image_digest = "sha256:00";

  const Json body = encode(request);

  EXPECT_EQ(body, Json::parse(R"({"cluster":"lab","task":"arn:task","containerName":"web",
    "status":"STOPPED","exitCode":3})"));
  request.container.image_digest.clear();
  EXPECT_EQ(decode<SubmitContainerStateChangeRequest>(body).value(), request);
}

TEST(SubmitAttachmentStateChanges, ComesBackUnchanged) {
  const SubmitAttachmentStateChangesRequest request{"lab", {{"arn:attachment", "ATTACHED"}}};

  EXPECT_EQ(decode<SubmitAttachmentStateChangesRequest>(encode(request)).value(), request);
}

TEST(RegisterContainerInstance, LeavesOutWhatTheNodeDoesNotHave) {
  RegisterContainerInstanceRequest request;
  request.client_token = "token";
  request.attributes = {{"ecs.os-type", "linux", "", ""}, {"ecs.capability.efs", {}, "", ""}};
  request.total_resources = {integer_resource("CPU", 2048), string_set_resource("PORTS_UDP", {})};

  EXPECT_EQ(encode(request), Json::parse(R"({"clientToken":"token",
    "attributes":[{"name":"ecs.os-type","value":"linux"},{"name":"ecs.capability.efs"}],
    "totalResources":[{"name":"CPU","type":"INTEGER","integerValue":2048},
                      {"name":"PORTS_UDP","type":"STRINGSET","stringSetValue":[]}],
    "instanceIdentityDocument":"","instanceIdentityDocumentSignature":""})"));

  request.cluster = "lab";
  request.container_instance_arn = "arn:ci";
  request.tags = {{"k", "v"}};
  request.platform_devices = {{"GPU-1", "GPU"}};
  EXPECT_EQ(decode<RegisterContainerInstanceRequest>(encode(request)).value(), request);
}

TEST(DiscoverPollEndpoint, NeedsBothEndpoints) {
  auto response = decode<DiscoverPollEndpointResponse>({{"endpoint", "http://127.0.0.1/acs/"}});

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().message, "DiscoverPollEndpoint.telemetryEndpoint: is required");
}

}  // namespace
}  // namespace berth::protocol
