// task_definition_test.cpp - what may be registered, in the service's words.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "controlplane/definition/task_definition.hpp"

namespace berth::definition {
namespace {

Json smallest() {
  return Json::parse(R"({"family": "web", "containerDefinitions": [
    {"name": "app", "image": "busybox:1", "memory": 32},
    {"name": "db", "image": "busybox:1", "memory": 32, "essential": false,
     "healthCheck": {"command": ["CMD-SHELL", "true"]}}]})");
}

Json fargate() {
  Json definition = smallest();
  definition["networkMode"] = "awsvpc";
  definition["requiresCompatibilities"] = {"FARGATE"};
  definition["cpu"] = "256";
  definition["memory"] = "512";
  return definition;
}

Json user_file(const std::string& name) {
  std::ifstream file(std::string(BERTH_TEST_DATA) + "/task-definitions/" + name);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return Json::parse(text.str());
}

struct Refused {
  const char* why;
  Json definition;
  const char* code;
  const char* message;  ///< a part of it
};

Json changed(Json definition, const std::string& pointer, Json value) {
  definition[Json::json_pointer(pointer)] = std::move(value);
  return definition;
}

Json without(Json definition, const std::string& container_member) {
  for (Json& container : definition["containerDefinitions"]) container.erase(container_member);
  return definition;
}

const char* kClient = "ClientException";
const std::string kApp = "/containerDefinitions/0";
const std::string kDb = "/containerDefinitions/1";

Json proxied() {
  Json definition = smallest();
  definition["networkMode"] = "awsvpc";
  definition["proxyConfiguration"] = Json::parse(R"({"containerName": "db", "properties": [
    {"name": "IgnoredUID", "value": "1337"}, {"name": "ProxyEgressPort", "value": "15001"}]})");
  return definition;
}

std::vector<Refused> refused_proxies() {
  const std::string proxy = "/proxyConfiguration";
  return {
      {"type", changed(proxied(), proxy + "/type", "NGINX"), kClient,
       "Invalid proxyConfiguration type 'NGINX'. Valid values: [APPMESH]"},
      {"mode", changed(proxied(), "/networkMode", "bridge"), kClient,
       "APPMESH proxy configuration is only supported in networkMode=awsvpc"},
      {"container", changed(proxied(), proxy + "/containerName", "envoy"), kClient,
       "Invalid proxyConfiguration containerName 'envoy'."},
      {"no value", changed(proxied(), proxy + "/properties/0/value", nullptr), kClient,
       "ProxyConfiguration properties value cannot be null."},
      {"twice", changed(proxied(), proxy + "/properties/1/name", "IgnoredUID"), kClient,
       "proxyConfiguration.properties: 'IgnoredUID' is given twice."},
      {"value", changed(proxied(), proxy + "/properties/1/value", "x"), kClient,
       "proxyConfiguration.properties.ProxyEgressPort \"x\": must be a port, 1 to 65535"},
      {"together", changed(proxied(), proxy + "/properties/0/name", "AppPorts"), kClient,
       "proxyConfiguration.properties.IgnoredUID \"\": at least one of IgnoredUID and IgnoredGID "
       "is required"},
  };
}

std::vector<Refused> refused_shapes() {
  return {
      {"family missing", changed(smallest(), "/family", nullptr), kClient,
       "Family contains invalid characters."},
      {"family rule", changed(smallest(), "/family", "we b"), kClient,
       "Family contains invalid characters."},
      {"no containers", changed(smallest(), "/containerDefinitions", Json::array()), kClient,
       "Container list cannot be empty."},
      {"type", changed(smallest(), kApp + "/memory", "32"), "SerializationException",
       "containerDefinitions[0].memory: STRING_VALUE can not be converted to an Integer"},
      {"nested type", changed(smallest(), kDb + "/healthCheck/command", "x"),
       "SerializationException", "containerDefinitions[1].healthCheck.command: STRING_VALUE"},
      {"no name", changed(smallest(), kApp + "/name", ""), kClient,
       "Container.name should not be null or empty."},
      {"no image", changed(smallest(), kApp + "/image", nullptr), kClient,
       "Container.image should not be null or empty."},
      {"odd image", changed(smallest(), kApp + "/image", "$IMAGE"), kClient,
       "Container.image contains invalid characters."},
      {"twice", changed(smallest(), kDb + "/name", "app"), kClient, "'app' is used more than once"},
      {"no memory", without(smallest(), "memory"), kClient,
       "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must "
       "be specified."},
      {"none essential", changed(smallest(), kApp + "/essential", false), kClient,
       "essential container"},
      {"network mode", changed(smallest(), "/networkMode", "nat"), kClient, "networkMode 'nat'"},
      {"task cpu", changed(smallest(), "/cpu", "much"), kClient, "Invalid 'cpu' setting for task."},
      {"task memory", changed(smallest(), "/memory", "-1"), kClient,
       "Invalid 'memory' setting for task."},
      {"too little for container", changed(smallest(), "/memory", "16"), kClient,
       "'memory' 32 is greater than the task's 'memory' 16"},
      {"unknown volume",
       changed(smallest(), kApp + "/mountPoints",
               Json::array({{{"sourceVolume", "data"}, {"containerPath", "/data"}}})),
       kClient, "Unknown volume 'data'."},
  };
}

std::vector<Refused> refused_rules() {
  auto depends = [](const char* name, const char* condition) {
    return changed(smallest(), kApp + "/dependsOn",
                   Json::array({{{"containerName", name}, {"condition", condition}}}));
  };
  Json cycle = depends("db", "START");
  cycle["containerDefinitions"][1]["dependsOn"] =
      Json::array({{{"containerName", "app"}, {"condition", "START"}}});
  auto port = [](Json mapping, const char* mode) {
    Json definition = changed(smallest(), kApp + "/portMappings", Json::array({mapping}));
    definition["networkMode"] = mode;
    return definition;
  };
  return {
      {"unknown dependency", depends("cache", "START"), kClient,
       "Cannot depend on container + 'cache' because it does not exist"},
      {"unknown condition", depends("db", "READY"), kClient, "condition 'READY'"},
      {"healthy without check", changed(depends("db", "HEALTHY"), kDb + "/healthCheck", nullptr),
       kClient, "must have a health check: 'db'"},
      {"healthy with check NONE",
       changed(depends("db", "HEALTHY"), kDb + "/healthCheck/command", {"NONE"}), kClient,
       "must have a health check: 'db'"},
      {"success of essential", changed(depends("db", "SUCCESS"), kDb + "/essential", true), kClient,
       "A dependency container with SUCCESS or COMPLETE condition cannot be an essential "
       "container"},
      {"cycle", cycle, kClient, "cycle"},
      {"interval", changed(smallest(), kDb + "/healthCheck/interval", 4), kClient,
       "Health check 'interval' must be between 5 and 300, but is 4."},
      {"timeout", changed(smallest(), kDb + "/healthCheck/timeout", 61), kClient,
       "Health check 'timeout' must be between 2 and 60"},
      {"retries", changed(smallest(), kDb + "/healthCheck/retries", 0), kClient,
       "Health check 'retries' must be between 1 and 10"},
      {"start period", changed(smallest(), kDb + "/healthCheck/startPeriod", 301), kClient,
       "Health check 'startPeriod' must be between 0 and 300"},
      {"check form", changed(smallest(), kDb + "/healthCheck/command", {"curl"}), kClient,
       "Health check 'command'"},
      {"stop timeout", changed(smallest(), kApp + "/stopTimeout", 1), kClient,
       "Granular stop timeout on container 'app' must be at least 2 seconds."},
      {"start timeout", changed(smallest(), kApp + "/startTimeout", 1), kClient,
       "Granular start timeout on container 'app' must be at least 2 seconds."},
      {"restart policy without a word",
       changed(smallest(), kApp + "/restartPolicy", {{"restartAttemptPeriod", 60}}), kClient,
       "'restartPolicy.enabled' must be specified."},
      {"long restart period",
       changed(smallest(), kApp + "/restartPolicy",
               {{"enabled", true}, {"restartAttemptPeriod", 1801}}),
       kClient, "'restartAttemptPeriod' must be between 60 and 1800"},
      {"many ignored codes",
       changed(smallest(), kApp + "/restartPolicy",
               {{"enabled", true}, {"ignoredExitCodes", std::vector<int>(51, 1)}}),
       kClient, "'ignoredExitCodes' can have at most 50 entries"},
      {"restart period",
       changed(smallest(), kApp + "/restartPolicy",
               {{"enabled", true}, {"restartAttemptPeriod", 10}}),
       kClient, "'restartAttemptPeriod' must be between 60 and 1800"},
      {"host ports", port({{"containerPort", 80}, {"hostPort", 8080}}, "awsvpc"), kClient,
       "When networkMode=awsvpc, the host ports and container ports in port mappings must match."},
      {"protocol", port({{"containerPort", 80}, {"protocol", "sctp"}}, "bridge"), kClient,
       "'sctp'"},
      {"hostname with own interface",
       changed(changed(smallest(), kApp + "/hostname", "h"), "/networkMode", "awsvpc"), kClient,
       "hostname is not supported on container when networkMode=awsvpc."},
      {"secrets without role",
       changed(smallest(), kApp + "/secrets", Json::array({{{"name", "A"}, {"valueFrom", "b"}}})),
       kClient, "'executionRoleArn'"},
      {"fargate mode", changed(fargate(), "/networkMode", "bridge"), kClient,
       "Fargate only supports network mode"},
      {"fargate cpu", changed(fargate(), "/cpu", nullptr), kClient,
       "Fargate requires that 'cpu' be defined at the task level."},
      {"fargate size", changed(fargate(), "/memory", "4096"), kClient,
       "No Fargate configuration exists for given values: 256 CPU, 4096 memory."},
      {"fargate log role",
       changed(fargate(), kApp + "/logConfiguration",
               {{"logDriver", "awslogs"},
                {"options", {{"awslogs-group", "g"}, {"awslogs-region", "r"}}}}),
       kClient, "execution role ARN to support log driver awslogs"},
  };
}

TEST(NormalisedDefinition, RefusesInTheServicesWords) {
  for (const auto& table : {refused_shapes(), refused_rules(), refused_proxies()}) {
    for (const Refused& one : table) {
      auto outcome = normalised_definition(one.definition);
      ASSERT_FALSE(outcome) << one.why;
      EXPECT_EQ(outcome.error().code, one.code) << one.why;
      EXPECT_NE(outcome.error().message.find(one.message), std::string::npos)
          << one.why << ": " << outcome.error().message;
    }
  }
}

TEST(NormalisedDefinition, FillsInTheDefaultsOfTheService) {
  Json definition = smallest();
  definition["containerDefinitions"][0]["portMappings"] = Json::array({{{"containerPort", 80}}});

  auto outcome = normalised_definition(definition);

  ASSERT_TRUE(outcome) << outcome.error().message;
  const Json& app = (*outcome)["containerDefinitions"][0];
  EXPECT_EQ(app["cpu"], 0);
  EXPECT_EQ(app["essential"], true);
  EXPECT_EQ(app["environment"], Json::array());
  EXPECT_EQ(app["portMappings"][0],
            (Json{{"containerPort", 80}, {"hostPort", 0}, {"protocol", "tcp"}}));
  const Json& check = (*outcome)["containerDefinitions"][1]["healthCheck"];
  EXPECT_EQ(check["interval"], 30);
  EXPECT_EQ(check["timeout"], 5);
  EXPECT_EQ(check["retries"], 3);
  EXPECT_FALSE(check.contains("startPeriod"));
  EXPECT_EQ((*outcome)["compatibilities"], (Json{"EC2", "EXTERNAL"}));
}

TEST(NormalisedDefinition, AsksForAnInstanceThatKnowsProxies) {
  auto outcome = normalised_definition(proxied());

  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ((*outcome)["requiresAttributes"][1], (Json{{"name", "ecs.capability.aws-appmesh"}}));
}

TEST(NormalisedDefinition, KeepsMembersItDoesNotKnow) {
  Json definition = fargate();
  definition["somethingNew"] = {{"a", 1}};
  definition["containerDefinitions"][0]["versionConsistency"] = "disabled";
  definition["containerDefinitions"][0]["alsoNew"] = Json::array({1, "b"});

  auto outcome = normalised_definition(definition);

  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ((*outcome)["somethingNew"]["a"], 1);
  EXPECT_EQ((*outcome)["containerDefinitions"][0]["versionConsistency"], "disabled");
  EXPECT_EQ((*outcome)["containerDefinitions"][0]["alsoNew"][1], "b");
}

TEST(NormalisedDefinition, TakesWhatUsersWriteUnchanged) {
  for (const char* name :
       {"web-app.json", "my-web-app.json", "my-app.json", "web-with-sidecar.json"}) {
    auto outcome = normalised_definition(user_file(name));

    ASSERT_TRUE(outcome) << name << ": " << outcome.error().message;
    EXPECT_EQ((*outcome)["compatibilities"], (Json{"EC2", "FARGATE"})) << name;
    EXPECT_EQ((*outcome)["containerDefinitions"][0]["portMappings"][0]["hostPort"],
              (*outcome)["containerDefinitions"][0]["portMappings"][0]["containerPort"]);
  }
}

TEST(NormalisedDefinition, RefusesAUsersContainerWithoutAnyMemory) {
  auto outcome = normalised_definition(user_file("app-with-firelens.json"));

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message,
            "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' "
            "must be specified.");
}

TEST(TaskSizes, ReadNumbersAndUnits) {
  EXPECT_EQ(cpu_units("256"), 256);
  EXPECT_EQ(cpu_units("1 vCPU"), 1024);
  EXPECT_EQ(cpu_units(".25 vcpu"), 256);
  EXPECT_EQ(cpu_units("1.0001"), std::nullopt);
  EXPECT_EQ(memory_mib("512"), 512);
  EXPECT_EQ(memory_mib("1GB"), 1024);
  EXPECT_EQ(memory_mib("0.5 GB"), 512);
  EXPECT_EQ(memory_mib("lots"), std::nullopt);
  EXPECT_EQ(memory_mib(""), std::nullopt);
}

TEST(TaskSizes, KnowTheFargatePairs) {
  EXPECT_TRUE(is_fargate_size(256, 2048));
  EXPECT_FALSE(is_fargate_size(256, 1536));
  EXPECT_TRUE(is_fargate_size(4096, 30720));
  EXPECT_FALSE(is_fargate_size(4096, 31744));
  EXPECT_TRUE(is_fargate_size(16384, 122880));
  EXPECT_FALSE(is_fargate_size(300, 512));
}

}  // namespace
}  // namespace berth::definition
