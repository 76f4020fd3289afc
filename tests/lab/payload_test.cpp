// payload_test.cpp - what an agent is told of a task; recorded frames of the real service's shape
// judge the form.
#include "lab/payload.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "controlplane/definition/task_definition.hpp"
#include "lab/security_group.hpp"

namespace berth::lab {
namespace {

Json first_payload_task(const std::string& trace) {
  std::ifstream file(std::string(BERTH_TEST_DATA) + "/ecs-agent-traces/" + trace);
  std::stringstream text;
  text << file.rdbuf();
  const Json whole = Json::parse(text.str());
  for (const auto& record : whole["records"]) {
    if (record.value("name", "") == "PayloadMessage") return record["body"]["tasks"][0];
  }
  ADD_FAILURE() << "no payload in " << trace;
  return Json::object();
}

/// A definition that the recorded tasks could have come from.
Json normalised(const Json& containers, const char* family) {
  Json definition = {
      {"family", family}, {"networkMode", "bridge"}, {"containerDefinitions", containers}};
  auto outcome = definition::normalised_definition(definition);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return *outcome;
}

Task task_like(const Json& recorded) {
  Task task;
  task.arn = recorded["arn"];
  task.id = task.arn.substr(task.arn.rfind('/') + 1);
  task.family = recorded["family"];
  task.revision = 1;
  task.launch_type = "EC2";
  for (const auto& container : recorded["containers"]) {
    TaskContainer known;
    known.name = container["name"];
    known.arn = container["containerArn"];
    task.containers.push_back(known);
  }
  return task;
}

/// Members of the recorded container that ours must have with the same value.
void expect_alike(const Json& ours, const Json& recorded) {
  for (const char* member : {"name", "image", "command", "cpu", "memory", "essential",
                             "containerArn", "healthCheckType", "stopTimeout", "dependsOn"}) {
    if (!recorded.contains(member)) continue;
    EXPECT_EQ(ours.value(member, Json()), recorded[member]) << member;
  }
  for (const char* text : {"config", "hostConfig"}) {
    EXPECT_EQ(Json::parse(ours["dockerConfig"][text].get<std::string>()),
              Json::parse(recorded["dockerConfig"][text].get<std::string>()))
        << text;
  }
}

TEST(PayloadOf, LooksLikeARecordedHealthCheckedTask) {
  const Json recorded = first_payload_task("04-healthcheck.json");
  const Json definition = normalised(
      Json::parse(R"([{"name": "main", "image": "busybox:1", "command": ["sleep", "3600"],
        "memory": 32, "healthCheck": {"interval": 5, "timeout": 2, "retries": 2,
        "command": ["CMD-SHELL", "test -e /ok || { touch /ok; exit 1; }"]}}])"),
      "hc");

  const Json ours =
      protocol::encode(payload_of(task_like(recorded), definition, "mockcluster", "us-west-2"));

  expect_alike(ours["containers"][0], recorded["containers"][0]);
  for (const char* member : {"arn", "family", "version", "desiredStatus", "launchType",
                             "networkMode", "taskDefinitionAccountId"}) {
    EXPECT_EQ(ours.value(member, Json()), recorded[member]) << member;
  }
}

TEST(PayloadOf, LooksLikeARecordedTaskWithDependencies) {
  const Json recorded = first_payload_task("05-depends-on-healthy.json");
  const Json definition =
      normalised(Json::parse(R"([{"name": "app", "image": "busybox:1", "command": ["sleep", "3600"],
        "memory": 32, "dependsOn": [{"containerName": "db", "condition": "HEALTHY"}]},
        {"name": "db", "image": "busybox:1", "command": ["sleep", "3600"], "memory": 32,
        "healthCheck": {"command": ["CMD-SHELL", "exit 0"], "interval": 5, "timeout": 2,
        "retries": 2}}])"),
                 "dep");

  const Json ours =
      protocol::encode(payload_of(task_like(recorded), definition, "mockcluster", "us-west-2"));

  expect_alike(ours["containers"][0], recorded["containers"][0]);
  expect_alike(ours["containers"][1], recorded["containers"][1]);
}

TEST(PayloadOf, AsksForNoHealthWhereTheCheckIsNone) {
  const Json definition =
      normalised(Json::parse(R"([{"name": "app", "image": "i", "memory": 64, "healthCheck":
        {"command": ["NONE"]}}])"),
                 "web");
  Task task;
  task.id = "0123";

  const protocol::Task told = payload_of(task, definition, "default", "us-east-1");

  EXPECT_EQ(told.containers.at(0).health_check_type, "");
  EXPECT_EQ(Json::parse(told.containers.at(0).docker_config->config)["HealthCheck"]["Test"],
            Json{"NONE"});
}

TEST(PayloadOf, MergesOverridesIntoTheDefinition) {
  const Json definition = normalised(
      Json::parse(R"([{"name": "app", "image": "i", "memory": 64, "cpu": 10, "command": ["a"],
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]}])"),
      "web");
  Task task;
  task.id = "0123";
  task.launch_type = "FARGATE";
  task.cpu = "512";
  task.memory = "1024";
  task.overrides = Json::parse(R"({"containerOverrides": [{"name": "app", "command": ["b", "c"],
    "memory": 128, "environment": [{"name": "B", "value": "2"}, {"name": "C", "value": "3"}]}]})");

  const protocol::Task told = payload_of(task, definition, "default", "us-east-1");

  const protocol::Container& app = told.containers.at(0);
  EXPECT_EQ(app.override_command, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(app.memory_mib, 128);
  EXPECT_EQ(app.cpu, 10);
  EXPECT_EQ(app.environment,
            (std::map<std::string, std::string>{
                {"A", "1"}, {"AWS_EXECUTION_ENV", "AWS_ECS_FARGATE"}, {"B", "2"}, {"C", "3"}}));
  EXPECT_EQ(told.cpu, 0.5);
  EXPECT_EQ(told.memory_mib, 1024);
}

TEST(PayloadOf, IsReadBackByTheAgentsDecoder) {
  Json definition = Json::parse(R"({"family": "all", "networkMode": "awsvpc", "cpu": "256",
    "memory": "512", "executionRoleArn": "r", "enableFaultInjection": true,
    "volumes": [{"name": "v", "host": {"sourcePath": "/srv"}}, {"name": "t"}],
    "containerDefinitions": [{"name": "app", "image": "i:1", "entryPoint": ["/x"],
      "portMappings": [{"containerPort": 80}], "startTimeout": 9, "stopTimeout": 2,
      "mountPoints": [{"sourceVolume": "v", "containerPath": "/v", "readOnly": true}],
      "secrets": [{"name": "P", "valueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:p"},
                  {"name": "Q", "valueFrom": "/plain/name"}],
      "restartPolicy": {"enabled": true, "ignoredExitCodes": [0]},
      "repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:r:1:secret:c"}}]})");
  definition = *definition::normalised_definition(definition);
  Task task;
  task.arn = "arn:aws:ecs:us-east-1:123456789012:task/default/0123";
  task.id = "0123";
  task.cpu = "256";
  task.memory = "512";
  task.launch_type = "EC2";
  Interface interface;
  interface.attachment_arn = "arn:aws:ecs:us-east-1:123456789012:attachment/x";
  interface.eni_id = "eni-1";
  interface.mac = "0a:00:00:00:00:01";
  interface.address = "10.213.0.2";
  interface.gateway = "10.213.0.1";
  interface.ipv6_address = "fd00::2";
  interface.ipv6_gateway = "fd00::1";
  interface.subnet = "subnet-lab";
  interface.groups = {"sg-1"};
  SecurityGroup group;
  group.id = "sg-1";
  group.ingress = {{"sgr-1", "tcp", 80, 80, "10.0.0.0/8", "", "a"},
                   {"sgr-2", "tcp", 80, 80, "", "sg-2", ""},
                   {"sgr-3", "icmp", -1, -1, "::/0", "", ""}};

  protocol::Task whole =
      payload_of(task, definition, "arn:aws:ecs:us-east-1:1:cluster/default", "us-east-1");
  whole.enis = {eni_of(interface, {told(group, {"10.213.0.2", "fd00::2"})})};
  const Json sent = protocol::encode(whole);
  const auto read = protocol::decode<protocol::Task>(sent);

  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->enis.at(0).gateway_ipv4, "10.213.0.1/24");
  EXPECT_EQ(read->enis.at(0).ipv4.at(0).address, "10.213.0.2");
  EXPECT_EQ(read->enis.at(0).ipv6.at(0).address, "fd00::2");
  EXPECT_EQ(read->enis.at(0).gateway_ipv6, "fd00::1/64");
  EXPECT_EQ(read->enis.at(0).private_dns_name, "ip-10-213-0-2.lab.internal");
  EXPECT_EQ(read->enis.at(0).berth->security_group_ids, std::vector<std::string>{"sg-1"});
  EXPECT_EQ(read->enis.at(0).berth->security_groups.at(0),
            (protocol::SecurityGroup{
                "sg-1",
                1,
                {{"tcp", 80, 80, {"10.0.0.0/8"}, {"sg-2"}}, {"icmp", -1, -1, {"::/0"}, {}}},
                {},
                {"10.213.0.2", "fd00::2"}}));
  const protocol::Container& app = read->containers.at(0);
  EXPECT_EQ(app.secrets.at(0).provider, "asm");
  EXPECT_EQ(app.secrets.at(0).region, "eu-west-1");
  EXPECT_EQ(app.secrets.at(1).provider, "ssm");
  EXPECT_EQ(app.secrets.at(1).region, "us-east-1");
  EXPECT_EQ(app.start_timeout_s, 9);
  EXPECT_EQ(app.stop_timeout_s, 2);
  EXPECT_TRUE(app.restart_policy->enabled);
  EXPECT_EQ(app.restart_policy->ignored_exit_codes, std::vector<std::int64_t>{0});
  EXPECT_EQ(app.restart_policy->restart_attempt_period_s, 300);
  EXPECT_EQ(app.registry_authentication->type, "asm");
  EXPECT_EQ(app.mount_points.at(0).read_only, true);
  EXPECT_EQ(read->volumes.at(0).host_source_path, "/srv");
  EXPECT_EQ(read->volumes.at(1).host_source_path.value_or(""), "");
  EXPECT_TRUE(read->enable_fault_injection);
}

}  // namespace
}  // namespace berth::lab
