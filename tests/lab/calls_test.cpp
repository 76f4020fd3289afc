// calls_test.cpp - the API's calls over HTTP: shapes, refusals, counts.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/own_netns.hpp"
#include "tests/lab/fake_agent.hpp"
#include "tests/lab/lab_under_test.hpp"

namespace berth::lab {
namespace {

using namespace berth::testing;

const auto* const own_netns = OwnNetns::for_this_program();

class CallsTest : public ::testing::Test {
 protected:
  CallsTest() { under_test.start(); }

  /// An instance whose agent is connected.
  FakeAgent& joined(Json registration = FakeAgent::registration()) {
    agents.push_back(
        std::make_unique<FakeAgent>(*under_test.loop, under_test.port, under_test.keys));
    agents.back()->join(std::move(registration));
    EXPECT_EQ(agents.back()->connect(), "");
    return *agents.back();
  }
  Json ask(const std::string& operation, const Json& input) {
    return under_test.ask(operation, input);
  }
  void expect_refused(const std::string& operation, const Json& input, const std::string& code,
                      const std::string& message) {
    const Answered answered = under_test.call(operation, input);
    EXPECT_EQ(answered.status, 400) << operation;
    EXPECT_EQ(answered.code(), code) << operation << answered.body.dump();
    EXPECT_NE(answered.body.value("message", "").find(message), std::string::npos)
        << answered.body.dump();
  }
  void define(Json container = Json::object(), Json definition = Json::object()) {
    container.update(Json{{"name", "app"}, {"image", "busybox:1"}});
    if (!container.contains("memory")) container["memory"] = 32;
    definition["family"] = "web";
    definition["containerDefinitions"] = Json::array({container});
    ask("RegisterTaskDefinition", definition);
  }
  Json instance(const std::string& arn) {
    return ask("DescribeContainerInstances",
               {{"containerInstances", {arn}}})["containerInstances"][0];
  }
  static std::int64_t amount(const Json& resources, const std::string& name) {
    for (const auto& one : resources) {
      if (one["name"] == name) return one["integerValue"];
    }
    return -1;
  }

  LabUnderTest under_test;
  std::vector<std::unique_ptr<FakeAgent>> agents;
};

TEST_F(CallsTest, RefuseWhatIsSignedWrongly) {
  Loop& loop = *under_test.loop;
  const auto port = under_test.port;

  EXPECT_EQ(call_lab(loop, port, {"AKIAOTHER", "secret"}, "ListClusters", Json::object()).code(),
            "UnrecognizedClientException");
  EXPECT_EQ(call_lab(loop, port, {"AKIATEST", "wrong"}, "ListClusters", Json::object()).code(),
            "InvalidSignatureException");
  EXPECT_EQ(
      call_lab(loop, port, under_test.keys, "ListClusters", Json::object(), "us-west-2").code(),
      "InvalidSignatureException");
  expect_refused("CreateService", Json::object(), "UnknownOperationException", "");
}

TEST_F(CallsTest, RefuseWhatIsNotThere) {
  define();
  const char* parameter = "InvalidParameterException";
  expect_refused("DescribeTasks", {{"cluster", "x"}, {"tasks", {"a"}}}, "ClusterNotFoundException",
                 "Cluster not found.");
  expect_refused("DescribeTasks", {{"tasks", Json::array()}}, parameter, "Tasks cannot be empty.");
  expect_refused("StopTask", {{"task", "a"}}, parameter, "The referenced task was not found.");
  expect_refused("RunTask", {{"taskDefinition", "nope"}}, "ClientException",
                 "TaskDefinition not found.");
  expect_refused("RunTask", {{"taskDefinition", "web"}}, parameter,
                 "No Container Instances were found in your cluster.");
  expect_refused("RunTask", {{"taskDefinition", "web"}, {"count", 11}}, parameter, "count");
  expect_refused("RunTask", {{"taskDefinition", "web"}, {"launchType", "FARGATE"}}, parameter,
                 "Task definition does not support launch_type FARGATE.");
  expect_refused("RunTask", {{"taskDefinition", "web"}, {"count", "1"}}, "SerializationException",
                 "count");
  expect_refused("DescribeTaskDefinition", {{"taskDefinition", "web:9"}}, "ClientException",
                 "Unable to describe task definition.");
  expect_refused("DescribeTaskDefinition", {{"taskDefinition", "web:x"}}, parameter,
                 "Invalid revision number. Number: x");
  expect_refused("ListTagsForResource", {{"resourceArn", "x"}}, parameter, "Invalid resource ARN");
  EXPECT_EQ(ask("DescribeTasks", {{"tasks", {"0123"}}})["failures"][0],
            (Json{{"arn", "arn:aws:ecs:eu-west-1:123456789012:task/default/0123"},
                  {"reason", "MISSING"}}));
}

TEST_F(CallsTest, WantANetworkForTasksWithTheirOwnInterface) {
  joined();
  define(Json::object(), {{"networkMode", "awsvpc"}});
  const char* code = "InvalidParameterException";

  expect_refused("RunTask", {{"taskDefinition", "web"}}, code,
                 "Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  expect_refused("RunTask", Json::parse(R"({"taskDefinition": "web",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}})"),
                 code, "subnets can not be empty.");
  expect_refused("RunTask", Json::parse(R"({"taskDefinition": "web",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0abc"]}}})"),
                 code,
                 "Error retrieving subnet information for [subnet-0abc]: The subnet ID "
                 "'subnet-0abc' does not exist (ErrorCode: InvalidSubnetID.NotFound)");
  expect_refused("RunTask", Json::parse(R"({"taskDefinition": "web", "networkConfiguration":
    {"awsvpcConfiguration": {"subnets": ["subnet-lab"], "securityGroups": ["sg-1"]}}})"),
                 code, "The security group 'sg-1' does not exist");
  const Json ran = ask("RunTask", Json::parse(R"({"taskDefinition": "web", "networkConfiguration":
    {"awsvpcConfiguration": {"subnets": ["subnet-lab"], "securityGroups": ["sg-lab"]}}})"));
  EXPECT_EQ(ran["tasks"][0]["lastStatus"], "PROVISIONING");
  EXPECT_EQ(ran["tasks"][0]["attachments"][0]["details"][0]["value"], "subnet-lab");

  define();
  expect_refused("RunTask", Json::parse(R"({"taskDefinition": "web",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-lab"]}}})"),
                 code, "Network Configuration is not valid for the given networkMode");
}

TEST_F(CallsTest, EchoWhatAnAgentRegisters) {
  const Json request = FakeAgent::registration();
  FakeAgent& agent = joined(request);

  const Json again =
      agent
          .call("RegisterContainerInstance",
                [&] {
                  Json second = request;
                  second["containerInstanceArn"] = agent.arn;
                  second["attributes"].erase(2);  // "stack" comes only the first time
                  return second;
                }())
          .body["containerInstance"];

  EXPECT_EQ(again["containerInstanceArn"], agent.arn);
  std::map<std::string, std::string> attributes;
  for (const auto& one : again["attributes"]) attributes[one["name"]] = one.value("value", "");
  EXPECT_EQ(attributes.at("ecs.os-type"), "linux");
  EXPECT_EQ(attributes.at("ecs.capability.task-eni"), "");
  EXPECT_EQ(attributes.at("stack"), "prod");
  EXPECT_EQ(attributes.at("ecs.availability-zone"), "eu-west-1a");
  const Json endpoints =
      agent.call("DiscoverPollEndpoint", {{"containerInstance", agent.arn}}).body;
  EXPECT_EQ(endpoints["endpoint"], "http://" + agent.host() + "/acs/");
  EXPECT_EQ(endpoints["telemetryEndpoint"], "http://" + agent.host() + "/tcs/");
  const Json shown = instance(agent.arn);
  EXPECT_EQ(shown["versionInfo"]["agentVersion"], "1.0.0");
  EXPECT_EQ(shown["agentConnected"], true);
}

TEST_F(CallsTest, RegisterOnceForOneClientToken) {
  Json request = FakeAgent::registration();
  request["clientToken"] = "token-1";

  const std::string first = joined(request).arn;
  const std::string second = joined(request).arn;

  EXPECT_EQ(first, second);
  EXPECT_EQ(ask("ListContainerInstances", Json::object())["containerInstanceArns"].size(), 1u);
}

TEST_F(CallsTest, CountWhatTasksTake) {
  FakeAgent& agent = joined();
  define({{"cpu", 256},
          {"memory", 1024},
          {"portMappings", Json::array({{{"containerPort", 80}, {"hostPort", 8080}}})}});

  const Json ran = ask("RunTask", {{"taskDefinition", "web"}, {"count", 2}});

  EXPECT_EQ(ran["tasks"].size(), 1u);
  EXPECT_EQ(ran["failures"][0], (Json{{"arn", agent.arn}, {"reason", "RESOURCE:PORTS"}}));
  Json shown = instance(agent.arn);
  EXPECT_EQ(amount(shown["remainingResources"], "CPU"), 2048 - 256);
  EXPECT_EQ(amount(shown["remainingResources"], "MEMORY"), 4096 - 1024);
  EXPECT_EQ(amount(shown["registeredResources"], "MEMORY"), 4096);
  EXPECT_EQ(shown["pendingTasksCount"], 1);
  EXPECT_EQ(shown["remainingResources"][2]["stringSetValue"], (Json{"22", "8080"}));
  EXPECT_EQ(ask("DescribeClusters", Json::object())["clusters"][0]["pendingTasksCount"], 1);

  agent.report(ran["tasks"][0]["taskArn"], "STOPPED", "STOPPED", 0);
  shown = instance(agent.arn);
  EXPECT_EQ(amount(shown["remainingResources"], "MEMORY"), 4096);
  EXPECT_EQ(shown["pendingTasksCount"], 0);
}

TEST_F(CallsTest, GiveGpusToOneTaskAtATime) {
  Json request = FakeAgent::registration();
  request["platformDevices"] =
      Json::parse(R"([{"id": "GPU-1", "type": "GPU"}, {"id": "GPU-2", "type": "GPU"}])");
  FakeAgent& agent = joined(request);
  define({{"resourceRequirements", Json::array({{{"type", "GPU"}, {"value", "1"}}})}});
  const auto gpus = [this, arn = agent.arn](const char* resources) {
    return instance(arn)[resources].back()["stringSetValue"];
  };

  const Json ran = ask("RunTask", {{"taskDefinition", "web"}, {"count", 3}});

  ASSERT_EQ(ran["tasks"].size(), 2u);
  EXPECT_EQ(ran["tasks"][0]["containers"][0]["gpuIds"], Json::array({"GPU-1"}));
  EXPECT_EQ(ran["tasks"][1]["containers"][0]["gpuIds"], Json::array({"GPU-2"}));
  EXPECT_EQ(ran["failures"][0], (Json{{"arn", agent.arn}, {"reason", "RESOURCE:GPU"}}));
  EXPECT_EQ(gpus("registeredResources"), (Json{"GPU-1", "GPU-2"}));
  EXPECT_EQ(gpus("remainingResources"), Json::array());

  // Given back as soon as its task is to stop.
  ask("StopTask", {{"task", ran["tasks"][0]["taskArn"]}});
  EXPECT_EQ(gpus("remainingResources"), Json::array({"GPU-1"}));
  agents.clear();
  under_test.restart();
  EXPECT_EQ(gpus("remainingResources"), Json::array({"GPU-1"}));
}

TEST_F(CallsTest, TakeGpusOfAnOverride) {
  Json request = FakeAgent::registration();
  request["platformDevices"] = Json::parse(R"([{"id": "GPU-1", "type": "GPU"}])");
  joined(request);
  define();
  const auto with_gpus = [](const char* value) {
    return Json{{"taskDefinition", "web"},
                {"overrides", Json::parse(R"({"containerOverrides": [{"name": "app",
                    "resourceRequirements": [{"type": "GPU", "value": ")" +
                                          std::string(value) + R"("}]}]})")}};
  };

  expect_refused("RunTask", with_gpus("none"), "ClientException",
                 "'value' of type GPU must be a number from 1 to 1024, but is 'none'.");
  EXPECT_EQ(ask("RunTask", with_gpus("2"))["failures"][0]["reason"], "RESOURCE:GPU");
  EXPECT_EQ(ask("RunTask", with_gpus("1"))["tasks"][0]["containers"][0]["gpuIds"],
            Json::array({"GPU-1"}));
}

TEST_F(CallsTest, SayWhyNothingFits) {
  joined();
  define({{"memory", 5000}});
  EXPECT_EQ(ask("RunTask", {{"taskDefinition", "web"}})["failures"][0]["reason"],
            "RESOURCE:MEMORY");
  define({{"cpu", 4096}});
  EXPECT_EQ(ask("RunTask", {{"taskDefinition", "web"}})["failures"][0]["reason"], "RESOURCE:CPU");
  define();
  const Json constrained = Json::parse(R"({"taskDefinition": "web", "placementConstraints":
    [{"type": "memberOf", "expression": "attribute:stack == dev"}]})");
  EXPECT_EQ(ask("RunTask", constrained)["failures"][0]["reason"],
            "MemberOf placement constraint unsatisfied.");
  const Json distinct = Json::parse(R"({"taskDefinition": "web", "count": 2,
    "placementConstraints": [{"type": "distinctInstance"}]})");
  const Json ran = ask("RunTask", distinct);
  EXPECT_EQ(ran["tasks"].size(), 1u);
  EXPECT_EQ(ran["failures"].size(), 1u);
}

TEST_F(CallsTest, NameWhatIsNotActedOnInOneWarning) {
  ::testing::internal::CaptureStderr();
  define(Json::parse(R"({"logConfiguration": {"logDriver": "awslogs", "options":
           {"awslogs-group": "g", "awslogs-region": "r"}}})"),
         {{"taskRoleArn", "t"}, {"executionRoleArn", "e"}});
  const std::string said = ::testing::internal::GetCapturedStderr();

  EXPECT_NE(said.find("name=web:1 field=\"taskRoleArn, executionRoleArn, "
                      "containerDefinitions[0].logConfiguration\"\n"),
            std::string::npos)
      << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

TEST_F(CallsTest, NameTheTasksThatFindNoAddress) {
  constexpr int kAddresses = 253;  // of a /24, without its own, the gateway's and the broadcast's
  FakeAgent& agent = joined(FakeAgent::registration(2048, 1 << 20));
  define(Json::object(), {{"networkMode", "awsvpc"}});
  const Json one = Json::parse(R"({"taskDefinition": "web", "networkConfiguration":
    {"awsvpcConfiguration": {"subnets": ["subnet-lab"]}}})");
  Json ten = one;
  ten["count"] = 10;
  for (int made = 0; made + 10 <= kAddresses; made += 10) {
    ASSERT_EQ(ask("RunTask", ten)["tasks"].size(), 10u) << made;
  }
  const Json no_address = Json::array(
      {{{"arn", agent.arn},
        {"reason", "RESOURCE:ENI"},
        {"detail",
         "subnet-lab: all 253 addresses of the instance's block 10.213.0.0/24 are in use"}}});

  Json last = ask("RunTask", ten);
  Json named = one;
  named["containerInstances"] = {agent.arn};
  Json started = ask("StartTask", named);

  EXPECT_EQ(last["tasks"].size(), static_cast<std::size_t>(kAddresses % 10));
  EXPECT_EQ(last["failures"], no_address);
  EXPECT_TRUE(started["tasks"].empty());
  EXPECT_EQ(started["failures"], no_address);
  EXPECT_EQ(ask("RunTask", one)["failures"], no_address);
}

TEST_F(CallsTest, StartATaskOnTheNamedInstance) {
  joined();
  FakeAgent& second = joined();
  define();

  const Json started = ask(
      "StartTask", {{"taskDefinition", "web"}, {"containerInstances", {second.arn, "nowhere"}}});

  EXPECT_EQ(started["tasks"][0]["containerInstanceArn"], second.arn);
  EXPECT_EQ(started["failures"][0]["reason"], "MISSING");
}

TEST_F(CallsTest, LeaveADrainingInstanceAlone) {
  FakeAgent& agent = joined();
  define();

  const Json drained = ask("UpdateContainerInstancesState",
                           {{"containerInstances", {agent.arn}}, {"status", "DRAINING"}});

  EXPECT_EQ(drained["containerInstances"][0]["status"], "DRAINING");
  expect_refused("RunTask", {{"taskDefinition", "web"}}, "InvalidParameterException",
                 "No Container Instances were found in your cluster.");
}

TEST_F(CallsTest, TakeOverridesTagsAndGroups) {
  joined();
  define();
  const Json ran = ask("RunTask", Json::parse(R"({"taskDefinition": "web", "startedBy": "me",
    "group": "g", "tags": [{"key": "a", "value": "b"}], "clientToken": "once",
    "overrides": {"containerOverrides": [{"name": "app", "memory": 64, "command": ["x"]}]}})"));
  const std::string arn = ran["tasks"][0]["taskArn"];

  Json task = under_test.described(arn);
  EXPECT_EQ(task["startedBy"], "me");
  EXPECT_EQ(task["group"], "g");
  EXPECT_EQ(task["containers"][0]["memory"], "64");
  EXPECT_EQ(task["overrides"]["containerOverrides"][0]["command"], Json{"x"});
  EXPECT_TRUE(task["tags"].empty());
  ask("TagResource",
      {{"resourceArn", arn}, {"tags", Json::array({{{"key", "c"}, {"value", "d"}}})}});
  ask("UntagResource", {{"resourceArn", arn}, {"tagKeys", {"a"}}});
  EXPECT_EQ(ask("DescribeTasks", {{"tasks", {arn}}, {"include", {"TAGS"}}})["tasks"][0]["tags"],
            Json::array({{{"key", "c"}, {"value", "d"}}}));
  EXPECT_EQ(ask("ListTasks", {{"startedBy", "me"}})["taskArns"], Json{arn});
  EXPECT_TRUE(ask("ListTasks", {{"family", "other"}})["taskArns"].empty());
  const Json same = ask("RunTask", {{"taskDefinition", "web"}, {"clientToken", "once"}});
  EXPECT_EQ(same["tasks"][0]["taskArn"], arn);
  expect_refused("RunTask", Json::parse(R"({"taskDefinition": "web", "overrides":
    {"containerOverrides": [{"name": "db"}]}})"),
                 "InvalidParameterException",
                 "Override for container named db is not a container in the TaskDefinition.");
}

TEST_F(CallsTest, ListDefinitionsByFamilyAndStatus) {
  define();
  define();
  ask("DeregisterTaskDefinition", {{"taskDefinition", "web:1"}});
  const std::string arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:";

  EXPECT_EQ(ask("ListTaskDefinitions", Json::object())["taskDefinitionArns"], Json{arn + "2"});
  EXPECT_EQ(ask("ListTaskDefinitions", {{"status", "INACTIVE"}})["taskDefinitionArns"],
            Json{arn + "1"});
  EXPECT_EQ(ask("ListTaskDefinitionFamilies", Json::object())["families"], Json{"web"});
  EXPECT_EQ(
      ask("DescribeTaskDefinition", {{"taskDefinition", "web:1"}})["taskDefinition"]["status"],
      "INACTIVE");
  joined();
  expect_refused("RunTask", {{"taskDefinition", "web:1"}}, "ClientException",
                 "TaskDefinition is inactive");
}

TEST_F(CallsTest, CutListsIntoPages) {
  for (const char* name : {"a", "b", "c"}) ask("CreateCluster", {{"clusterName", name}});

  const Json first = ask("ListClusters", {{"maxResults", 3}});
  const Json second = ask("ListClusters", {{"maxResults", 3}, {"nextToken", first["nextToken"]}});

  EXPECT_EQ(first["clusterArns"].size(), 3u);
  EXPECT_EQ(second["clusterArns"].size(), 1u);
  EXPECT_FALSE(second.contains("nextToken"));
  expect_refused("ListClusters", {{"nextToken", "x"}}, "InvalidParameterException", "token");
}

TEST_F(CallsTest, GiveADeregisteredInstancesBlockToTheNext) {
  under_test.stop();
  std::filesystem::remove_all(under_test.folder);
  std::filesystem::create_directory(under_test.folder);
  under_test.settings.subnet = *parse_prefix("10.9.8.0/28");
  under_test.settings.subnet_ipv6 = "none";
  under_test.restart();
  define(Json::object(), {{"networkMode", "awsvpc"}});
  Json on = Json::parse(R"({"taskDefinition": "web", "networkConfiguration":
    {"awsvpcConfiguration": {"subnets": ["subnet-lab"]}}})");
  auto start_on = [&](const std::string& arn) {
    on["containerInstances"] = {arn};
    return ask("StartTask", on);
  };
  const std::string first = joined().arn;
  const std::string second = joined().arn;
  const std::string third = joined().arn;
  EXPECT_EQ(start_on(first)["tasks"].size(), 1u);
  EXPECT_EQ(start_on(second)["tasks"].size(), 1u);

  const Json none_left = start_on(third);
  ask("DeregisterContainerInstance", {{"containerInstance", first}, {"force", true}});

  EXPECT_EQ(none_left["failures"][0]["reason"], "RESOURCE:ENI");
  EXPECT_EQ(none_left["failures"][0]["detail"],
            "subnet-lab: all 2 blocks belong to other instances");
  EXPECT_EQ(start_on(third)["tasks"].size(), 1u);
}

TEST_F(CallsTest, KeepClustersApart) {
  ask("CreateCluster", {{"clusterName", "a"}, {"settings", Json::array({{{"name", "x"}}})}});
  const std::string id = joined().arn;

  EXPECT_TRUE(ask("ListContainerInstances", {{"cluster", "a"}})["containerInstanceArns"].empty());
  EXPECT_EQ(ask("DescribeContainerInstances",
                {{"cluster", "a"}, {"containerInstances", {id}}})["failures"][0]["reason"],
            "MISSING");
  EXPECT_EQ(ask("DescribeClusters", {{"clusters", {"a"}}})["clusters"][0]["settings"][0]["name"],
            "x");
  ask("DeleteCluster", {{"cluster", "a"}});
  expect_refused("ListTasks", {{"cluster", "a"}}, "ClusterNotFoundException", "Cluster not found.");
  expect_refused("DeleteCluster", {{"cluster", "default"}},
                 "ClusterContainsContainerInstancesException", "Container Instances");
}

TEST_F(CallsTest, KeepCustomAttributes) {
  FakeAgent& agent = joined();
  const Json attribute = {{"name", "rack"}, {"value", "7"}, {"targetId", agent.arn}};

  ask("PutAttributes", {{"attributes", Json::array({attribute})}});

  EXPECT_EQ(
      ask("ListContainerInstances", {{"filter", "attribute:rack == 7"}})["containerInstanceArns"],
      Json{agent.arn});
  EXPECT_EQ(ask("ListAttributes", {{"targetType", "container-instance"},
                                   {"attributeName", "rack"}})["attributes"][0]["value"],
            "7");
  ask("DeleteAttributes", {{"attributes", Json::array({attribute})}});
  EXPECT_TRUE(
      ask("ListContainerInstances", {{"filter", "attribute:rack exists"}})["containerInstanceArns"]
          .empty());
}

TEST_F(CallsTest, SurviveARestartOfTheLab) {
  FakeAgent& agent = joined();
  const std::string arn = agent.arn;
  define(Json::object(), {{"networkMode", "awsvpc"}});
  const Json ran = ask("RunTask", Json::parse(R"({"taskDefinition": "web", "networkConfiguration":
    {"awsvpcConfiguration": {"subnets": ["subnet-lab"]}}})"));
  ask("CreateCluster", {{"clusterName", "a"}});
  const Json before = under_test.described(ran["tasks"][0]["taskArn"]);
  agents.clear();

  under_test.restart();

  Json after = under_test.described(ran["tasks"][0]["taskArn"]);
  EXPECT_EQ(after["attachments"][0]["details"], before["attachments"][0]["details"]);
  EXPECT_EQ(after["lastStatus"], "PROVISIONING");
  EXPECT_EQ(ask("ListClusters", Json::object())["clusterArns"].size(), 2u);
  EXPECT_EQ(ask("ListTaskDefinitions", Json::object())["taskDefinitionArns"].size(), 1u);
  EXPECT_EQ(instance(arn)["agentConnected"], false);
  EXPECT_EQ(instance(arn)["pendingTasksCount"], 1);
}

TEST_F(CallsTest, GoOnOnlyWithTheNamesAndAddressesTheyBeganWith) {
  under_test.stop();
  const Settings settings = under_test.settings;
  auto open = [&](auto change) {
    Settings other = settings;
    change(other);
    Loop loop;
    const auto opened = Lab::open(other, under_test.folder, under_test.clock, loop.nursery);
    return opened ? "" : opened.error().message;
  };

  EXPECT_NE(open([](Settings& s) { s.region = "us-west-2"; }).find("--region eu-west-1"),
            std::string::npos);
  EXPECT_NE(open([](Settings& s) { s.subnet.length = 17; }).find("--subnet 10.213.0.0/16"),
            std::string::npos);
  EXPECT_NE(open([](Settings& s) { s.subnet_ipv6 = "none"; }).find("--subnet-ipv6 fd"),
            std::string::npos);
  EXPECT_EQ(open([](Settings&) {}), "");
}

}  // namespace
}  // namespace berth::lab
