// payload_test.cpp - tasks read one by one, and what is wrong with a bad one.
#include "controlplane/protocol/payload.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "tests/controlplane/protocol/recorded.hpp"

namespace berth::protocol {
namespace {

const char* const kArn = "arn:aws:ecs:us-west-2:123456789012:task/lab/9f";

Json sample_task() {
  return {{"arn", kArn},
          {"desiredStatus", "RUNNING"},
          {"containers",
           {{{"name", "web"}, {"image", "web:1"}, {"essential", true}},
            {{"name", "side"}, {"image", "side:1"}, {"essential", false}}}}};
}

Json sample_payload(Json tasks) {
  return {{"messageId", "m-1"},
          {"clusterArn", "lab"},
          {"containerInstanceArn", "arn:ci"},
          {"tasks", std::move(tasks)}};
}

Json sample_eni() {
  return {{"ec2Id", "eni-1"},
          {"macAddress", "02:11:22:33:44:55"},
          {"ipv4Addresses", {{{"primary", true}, {"privateAddress", "10.0.1.25"}}}},
          {"subnetGatewayIpv4Address", "10.0.1.1/24"}};
}

struct BadTask {
  const char* name;
  const char* at;  ///< JSON pointer to the member to set
  Json value;
  const char* why;
};

void PrintTo(const BadTask& bad, std::ostream* out) {
  *out << bad.name;
}

class UnreadableTask : public testing::TestWithParam<BadTask> {};

TEST_P(UnreadableTask, IsNamedAndDoesNotSpoilTheOthers) {
  Json bad = sample_task();
  bad[Json::json_pointer(GetParam().at)] = GetParam().value;
  Json good = sample_task();
  good["arn"] = "arn:task/good";

  auto payload = decode_payload(sample_payload({bad, good}));

  ASSERT_TRUE(payload) << payload.error();
  ASSERT_EQ(payload->undecoded.size(), 1u);
  EXPECT_EQ(payload->undecoded[0].arn, kArn);
  EXPECT_EQ(payload->undecoded[0].why, (Error{Errc::Invalid, 0, GetParam().why}));
  ASSERT_EQ(payload->message.tasks.size(), 1u);
  EXPECT_EQ(payload->message.tasks[0].arn, "arn:task/good");
}

Json eni_without(const char* member) {
  Json eni = sample_eni();
  eni.erase(member);
  return Json::array({eni});
}

Json eni_with(const char* member, Json value) {
  Json eni = sample_eni();
  eni[member] = std::move(value);
  return Json::array({eni});
}

INSTANTIATE_TEST_SUITE_P(
    Payload, UnreadableTask,
    testing::Values(
        BadTask{"TextForNumber", "/containers/0/cpu", "x",
                "containers[0].cpu: \"x\" must be a whole number"},
        BadTask{"TextForEnvironment", "/containers/0/environment", "KEY=secret",
                "containers[0].environment: must be an object of strings"},
        BadTask{"FractionForInteger", "/containers/1/memory", 0.5,
                "containers[1].memory: 0.5 must be a whole number"},
        BadTask{"NumberInCommand",
                "/containers/0/command",
                {"sh", 1},
                "containers[0].command: must be a list of strings"},
        BadTask{"ObjectForList", "/containers", Json::object(), "containers: {} must be a list"},
        BadTask{"NestedList",
                "/containers/0/portMappings",
                {{{"hostPort", "80"}}},
                "containers[0].portMappings[0].hostPort: \"80\" must be a whole number"},
        BadTask{"ContainerNoObject", "/containers/1", 7, "containers[1]: must be an object"},
        BadTask{"OverrideOfMemory", "/containers/0/overrides", "{\"memory\": 5}",
                "containers[0].overrides.memory: not allowed; only command may be overridden"},
        BadTask{"OverrideNoJson", "/containers/0/overrides", "{",
                "containers[0].overrides: not JSON: error at byte 2 of the text"},
        BadTask{"DesiredStatus", "/desiredStatus", "PAUSED",
                "desiredStatus: \"PAUSED\" must be \"RUNNING\" or \"STOPPED\""},
        BadTask{"ProxyType",
                "/proxyConfiguration",
                {{"type", "NGINX"}},
                "proxyConfiguration.type: \"NGINX\" must be \"APPMESH\""},
        BadTask{"SecretKeyOfWrongType",
                "/roleCredentials",
                {{"credentialsId", "c-1"}, {"secretAccessKey", 123456}},
                "roleCredentials: must have a credentialsId, and only strings as members"},
        BadTask{"EniWithoutMac", "/elasticNetworkInterfaces", eni_without("macAddress"),
                "elasticNetworkInterfaces[0].macAddress: is required"},
        BadTask{"EniWithoutAddress", "/elasticNetworkInterfaces", eni_without("ipv4Addresses"),
                "elasticNetworkInterfaces[0].ipv4Addresses: at least one address is required"},
        BadTask{"EniWithoutGateway", "/elasticNetworkInterfaces",
                eni_without("subnetGatewayIpv4Address"),
                "elasticNetworkInterfaces[0].subnetGatewayIpv4Address: \"\" must be an address "
                "with its prefix length"},
        BadTask{"EniGatewayWithoutPrefix", "/elasticNetworkInterfaces",
                eni_with("subnetGatewayIpv4Address", "10.0.1.1"),
                "elasticNetworkInterfaces[0].subnetGatewayIpv4Address: \"10.0.1.1\" must be an "
                "address with its prefix length"},
        BadTask{"EniGatewayWithLongPrefix", "/elasticNetworkInterfaces",
                eni_with("subnetGatewayIpv4Address", "10.0.1.1/33"),
                "elasticNetworkInterfaces[0].subnetGatewayIpv4Address: \"10.0.1.1/33\" must be an "
                "address with its prefix length"},
        BadTask{"EniTunnel", "/elasticNetworkInterfaces",
                eni_with("interfaceAssociationProtocol", "tunnel"),
                "elasticNetworkInterfaces[0].interfaceAssociationProtocol: \"tunnel\" must be "
                "\"default\" or \"vlan\""},
        BadTask{"EniVlanWithoutProperties", "/elasticNetworkInterfaces",
                eni_with("interfaceAssociationProtocol", "vlan"),
                "elasticNetworkInterfaces[0].interfaceVlanProperties: is required for protocol "
                "\"vlan\""}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(DecodePayload, ToldOfATaskWithoutArnKnowsNobodyToTell) {
  auto payload = decode_payload(
      sample_payload(Json::array({nullptr, {{"desiredStatus", "RUNNING"}}, sample_task()})));

  ASSERT_TRUE(payload) << payload.error();
  ASSERT_EQ(payload->undecoded.size(), 2u);
  EXPECT_EQ(payload->undecoded[0],
            (UndecodedTask{"", {Errc::Invalid, 0, "tasks[0]: must be an object"}}));
  EXPECT_EQ(payload->undecoded[1], (UndecodedTask{"", {Errc::Invalid, 0, "arn: is required"}}));
  EXPECT_EQ(payload->message.tasks.size(), 1u);
}

TEST(DecodePayload, TakesNoIdThatCouldNotBeAFileName) {
  const std::string rule =
      " must end with '/' and an id of at most 64 letters and digits, joined by single '-' or '_'";
  for (const std::string& arn : std::initializer_list<std::string>{
           "9f", "arn:task/", "arn:task/..", "arn:task/a.b", "arn:task/-a", "arn:task/a-",
           "arn:task/a--b", "arn:task/a b", "arn:task/" + std::string(65, 'a')}) {
    Json task = sample_task();
    task["arn"] = arn;

    auto payload = decode_payload(sample_payload(Json::array({task})));

    ASSERT_TRUE(payload) << payload.error();
    ASSERT_EQ(payload->undecoded.size(), 1u) << arn;
    EXPECT_EQ(payload->undecoded[0].arn, "") << arn;
    EXPECT_EQ(payload->undecoded[0].why.message, "arn: " + Json(arn).dump() + rule);
  }
}

TEST(DecodePayload, RefusesAMessageWithoutIds) {
  for (const char* member : {"messageId", "clusterArn", "containerInstanceArn"}) {
    Json message = sample_payload(Json::array());
    message.erase(member);

    auto payload = decode_payload(message);

    ASSERT_FALSE(payload) << member;
    EXPECT_EQ(payload.error().message, "PayloadMessage." + std::string(member) + ": is required");
  }
}

TEST(DecodeContainer, TellsNoEntryPointFromAnEmptyOne) {
  Json with = {{"name", "web"}, {"image", "web:1"}, {"entryPoint", Json::array()}};

  auto empty = decode_container(with, "c");
  with.erase("entryPoint");
  auto absent = decode_container(with, "c");

  ASSERT_TRUE(empty && absent);
  EXPECT_EQ(empty->entry_point, std::vector<std::string>{});
  EXPECT_EQ(absent->entry_point, std::nullopt);
  EXPECT_FALSE(encode(*absent).contains("entryPoint"));
}

TEST(DecodeContainer, TakesOverridesAsTextOrObject) {
  for (const Json& overrides :
       {Json("{\"command\":[\"a\"]}"), Json{{"command", Json::array({"a"})}}}) {
    auto container = decode_container({{"name", "web"}, {"overrides", overrides}}, "c");

    ASSERT_TRUE(container) << container.error();
    EXPECT_EQ(container->override_command, std::vector<std::string>{"a"});
    EXPECT_EQ(encode(*container)["overrides"], "{\"command\":[\"a\"]}");
  }
}

/// One container with every member set to something.
Json full_container() {
  return {{"name", "web"},
          {"image", "web@sha256:00"},
          {"containerArn", "arn:c"},
          {"cpu", 128},
          {"memory", 256},
          {"essential", false},
          {"command", {"serve"}},
          {"entryPoint", {"/bin/sh", "-c"}},
          {"environment", {{"A", "1"}}},
          {"environmentFiles", {{{"type", "s3"}, {"value", "arn:aws:s3:::b/a.env"}}}},
          {"secrets",
           {{{"name", "DB"},
             {"valueFrom", "arn:s"},
             {"region", "eu-west-1"},
             {"provider", "asm"},
             {"type", "ENVIRONMENT_VARIABLE"},
             {"target", "CONTAINER"}}}},
          {"links", {"db:d"}},
          {"portMappings",
           {{{"containerPort", 80}, {"hostPort", 0}, {"protocol", "tcp"}},
            {{"containerPortRange", "8000-8010"}, {"protocol", "udp"}}}},
          {"mountPoints", {{{"sourceVolume", "v"}, {"containerPath", "/v"}, {"readOnly", true}}}},
          {"volumesFrom", {{{"sourceContainer", "db"}, {"readOnly", false}}}},
          {"dependsOn", {{{"containerName", "db"}, {"condition", "HEALTHY"}}}},
          {"startTimeout", 30},
          {"stopTimeout", 2},
          {"restartPolicy",
           {{"enabled", true}, {"ignoredExitCodes", {0, 3}}, {"restartAttemptPeriod", 60}}},
          {"healthCheckType", "docker"},
          {"dockerConfig", {{"version", "1.21"}, {"config", "{}"}, {"hostConfig", "{}"}}},
          {"registryAuthentication",
           {{"type", "ecr"},
            {"ecrAuthData",
             {{"registryId", "1"}, {"region", "eu-west-1"}, {"useExecutionRole", true}}}}},
          {"logsAuthStrategy", "ExecutionRole"},
          {"firelensConfiguration", {{"type", "fluentbit"}, {"options", {{"a", "b"}}}}},
          {"managedAgents",
           {{{"name", "ExecuteCommandAgent"}, {"properties", {{"sessionLimit", "2"}}}}}},
          {"credentialSpecs", {"credentialspec:x"}},
          {"overrides", "{}"},
          {"linuxParameters",
           {{"capabilities", {{"add", {"NET_ADMIN"}}, {"drop", {"MKNOD"}}}},
            {"devices",
             {{{"hostPath", "/dev/fuse"},
               {"containerPath", "/dev/fuse"},
               {"permissions", {"read", "write"}}}}},
            {"initProcessEnabled", true},
            {"sharedMemorySize", 64}}},
          {"privileged", false},
          {"networkInterfaceNames", {"eth0"}}};
}

/// One task with every member set to something.
Json full_task() {
  Json eni = sample_eni();
  eni["index"] = 0;
  eni["attachmentArn"] = "arn:attachment";
  eni["name"] = "eth0";
  eni["interfaceAssociationProtocol"] = "vlan";
  eni["interfaceVlanProperties"] = {{"vlanId", "7"},
                                    {"trunkInterfaceMacAddress", "02:00:00:00:00:01"}};
  eni["ipv6Addresses"] = {{{"primary", true}, {"address", "fd00::5"}}};
  eni["subnetGatewayIpv6Address"] = "fd00::1/64";
  eni["domainName"] = {"lab.internal"};
  eni["domainNameServers"] = {"10.0.0.2"};
  eni["privateDnsName"] = "ip-10-0-1-25.lab.internal";
  const Json credentials = {{"credentialsId", "c-1"}, {"roleArn", "arn:role"},
                            {"accessKeyId", "A"},     {"secretAccessKey", "B"},
                            {"sessionToken", "C"},    {"expiration", "2026-01-01T06:00:00Z"},
                            {"credentialScope", "x"}};
  return {{"arn", kArn},
          {"desiredStatus", "STOPPED"},
          {"overrides", "{}"},
          {"taskClusterArn", "arn:cluster"},
          {"family", "web"},
          {"version", "7"},
          {"taskDefinitionAccountId", "123456789012"},
          {"group", "family:web"},
          {"serviceName", "web"},
          {"launchType", "EC2"},
          {"networkMode", "awsvpc"},
          {"pidMode", "task"},
          {"ipcMode", "none"},
          {"cpu", 0.25},
          {"memory", 512},
          {"containers", Json::array({full_container()})},
          {"volumes",
           {{{"name", "v"}, {"type", "host"}, {"host", {{"sourcePath", "/srv"}}}},
            {{"name", "t"}, {"host", Json::object()}},
            {{"name", "d"},
             {"type", "docker"},
             {"dockerVolumeConfiguration",
              {{"scope", "shared"},
               {"autoprovision", true},
               {"driver", "local"},
               {"driverOpts", {{"type", "nfs"}}},
               {"labels", {{"a", "b"}}}}}},
            {{"name", "e"},
             {"type", "efs"},
             {"efsVolumeConfiguration",
              {{"fileSystemId", "fs-1"},
               {"rootDirectory", "/"},
               {"transitEncryption", "ENABLED"},
               {"transitEncryptionPort", 2999},
               {"authorizationConfig", {{"accessPointId", "ap"}, {"iam", "ENABLED"}}}}}}}},
          {"elasticNetworkInterfaces", Json::array({eni})},
          {"associations",
           {{{"name", "GPU-1"},
             {"type", "gpu"},
             {"containers", {"web"}},
             {"content", {{"value", "v"}, {"encoding", "identity"}}}}}},
          {"attachments",
           {{{"attachmentArn", "arn:a"},
             {"attachmentType", "amazonebs"},
             {"attachmentProperties", {{{"name", "volumeId"}, {"value", "vol-1"}}}}}}},
          {"proxyConfiguration",
           {{"type", "APPMESH"}, {"containerName", "envoy"}, {"properties", {{"a", "b"}}}}},
          {"roleCredentials", credentials},
          {"executionRoleCredentials", credentials},
          {"enableFaultInjection", true}};
}

TEST(Payload, KeepsEveryMemberOfATask) {
  auto payload = decode_payload(sample_payload(Json::array({full_task()})));

  ASSERT_TRUE(payload) << payload.error();
  ASSERT_TRUE(payload->undecoded.empty()) << payload->undecoded[0].why;
  EXPECT_EQ(Json::diff(encode(payload->message)["tasks"][0], full_task()), Json::array());
}

}  // namespace
}  // namespace berth::protocol
