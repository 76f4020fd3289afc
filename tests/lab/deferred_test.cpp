// deferred_test.cpp - which fields of a definition are named as not acted on.
#include "lab/deferred.hpp"

#include <gtest/gtest.h>

#include "controlplane/definition/task_definition.hpp"

namespace berth::lab {
namespace {

using Fields = std::vector<std::string>;

Fields deferred(const char* text) {
  auto definition = definition::normalised_definition(Json::parse(text));
  EXPECT_TRUE(definition) << definition.error().message;
  return definition ? deferred_fields(*definition) : Fields();
}

TEST(DeferredFields, AreNamedAsTheirAuthorKnowsThem) {
  EXPECT_EQ(
      deferred(R"({"family": "web", "taskRoleArn": "t", "executionRoleArn": "e",
    "ipcMode": "none", "enableFaultInjection": true,
    "volumes": [{"name": "a"}, {"name": "b", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},
      {"name": "c", "fsxWindowsFileServerVolumeConfiguration": {"fileSystemId": "fs-2"}}],
    "containerDefinitions": [
      {"name": "app", "image": "i", "memory": 32,
       "linuxParameters": {"initProcessEnabled": true, "sharedMemorySize": 64},
       "dockerSecurityOptions": ["label:disable"],
       "logConfiguration": {"logDriver": "awslogs",
         "options": {"awslogs-group": "g", "awslogs-region": "r"}}},
      {"name": "side", "image": "i", "memory": 32,
       "resourceRequirements": [{"type": "InferenceAccelerator", "value": "device_1"}],
       "secrets": [{"name": "A", "valueFrom": "b"}]}]})"),
      (Fields{"taskRoleArn", "executionRoleArn", "ipcMode", "enableFaultInjection",
              "volumes[1].efsVolumeConfiguration",
              "volumes[2].fsxWindowsFileServerVolumeConfiguration",
              "containerDefinitions[0].logConfiguration",
              "containerDefinitions[0].dockerSecurityOptions",
              "containerDefinitions[0].linuxParameters.initProcessEnabled",
              "containerDefinitions[1].resourceRequirements", "containerDefinitions[1].secrets"}));
}

TEST(DeferredFields, AreNameServersWhereAContainerHasNoFileOfItsOwn) {
  const std::string named = R"("containerDefinitions": [{"name": "app", "image": "i", "memory": 32,
    "dnsServers": ["10.0.0.2"], "dnsSearchDomains": ["lab"]}]})";
  EXPECT_EQ(deferred((R"({"family": "web", )" + named).c_str()), Fields());
  EXPECT_EQ(
      deferred((R"({"family": "web", "networkMode": "host", )" + named).c_str()),
      (Fields{"containerDefinitions[0].dnsServers", "containerDefinitions[0].dnsSearchDomains"}));
}

TEST(DeferredFields, AreNoneWhereEverythingIsActedOnOrAsksForNothing) {
  EXPECT_EQ(deferred(R"({"family": "web", "enableFaultInjection": false, "taskRoleArn": "",
    "runtimePlatform": {"cpuArchitecture": "X86_64"},
    "containerDefinitions": [{"name": "app", "image": "i", "memory": 32, "secrets": [],
      "linuxParameters": {"initProcessEnabled": false}, "restartPolicy": {"enabled": false},
      "dockerSecurityOptions": ["no-new-privileges"], "healthCheck": {"command": ["NONE"]},
      "resourceRequirements": [{"type": "GPU", "value": "1"}],
      "logConfiguration": {"logDriver": "json-file"}}]})"),
            Fields());
}

}  // namespace
}  // namespace berth::lab
