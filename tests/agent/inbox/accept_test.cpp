// accept_test.cpp - what a task of a payload becomes, and what is named as passed over.
#include "agent/inbox/accept.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/inbox/payload_task.hpp"
#include "tests/controlplane/protocol/recorded.hpp"

namespace berth::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Accept, TakesIdsNetworkAndLimitsOver) {
  protocol::Task given = sample_task();
  given.task_cluster_arn = "arn:cluster";
  given.group = "family:web";
  given.launch_type = "EC2";
  given.cpu = 0.25;
  given.memory_mib = 512;
  given.enis[0].attachment_arn = "arn:attachment";
  given.enis[0].domain_name_servers = {"10.0.0.2", "fd00::2"};
  given.enis[0].domain_name = {"lab.internal"};
  given.enis[0].private_dns_name = "ip-10-0-1-25.lab.internal";

  const Accepted result = accepted(given);

  EXPECT_EQ(result.goal, model::Goal::Running);
  EXPECT_THAT(result.passed_over, IsEmpty());
  EXPECT_EQ(result.task.arn, kTaskArn);
  EXPECT_EQ(result.task.cluster, "arn:cluster");
  EXPECT_EQ(result.task.family, "web");
  EXPECT_EQ(result.task.version, "7");
  EXPECT_EQ(result.task.group, "family:web");
  EXPECT_EQ(result.task.launch_type, "EC2");
  EXPECT_EQ(result.task.cpu, 0.25);
  EXPECT_EQ(result.task.memory, Mebibytes{512});
  EXPECT_EQ(result.task.network_mode, model::NetworkMode::Awsvpc);
  const model::Eni eni{"eni-1",
                       "arn:attachment",
                       "02:11:22:33:44:55",
                       "10.0.1.25",
                       24,
                       "10.0.1.1",
                       "",
                       0,
                       {"10.0.0.2", "fd00::2"},
                       {"lab.internal"},
                       "ip-10-0-1-25.lab.internal",
                       {},
                       {}};
  EXPECT_EQ(result.task.eni, eni);
}

TEST(Accept, TakesTheTypedMembersOfAContainerOver) {
  protocol::Task given = sample_task();
  protocol::Container& side = given.containers[1];
  side.container_arn = "arn:container";
  side.entry_point = {"/bin/sh", "-c"};
  side.command = {"serve"};
  side.environment = {{"A", "1"}, {"B", "x=y"}};
  side.cpu = 128;
  side.memory_mib = 256;
  side.stop_timeout_s = 2;
  given.volumes = {{"own", "host", "", {}, {}}, {"srv", "", "/srv", {}, {}}};
  side.mount_points = {{"own", "/own", false}, {"srv", "/data", true}};
  side.depends_on = {{"web", "HEALTHY"}, {"web", "START"}};

  const model::Container container = accepted(given).task.containers[1];

  EXPECT_EQ(container.name, "side");
  EXPECT_EQ(container.arn, "arn:container");
  EXPECT_EQ(container.image, "side");
  EXPECT_FALSE(container.essential);
  EXPECT_EQ(container.entry_point, (std::vector<std::string>{"/bin/sh", "-c"}));
  EXPECT_EQ(container.command, std::vector<std::string>{"serve"});
  EXPECT_THAT(container.environment, ElementsAre(Pair("A", "1"), Pair("B", "x=y")));
  EXPECT_EQ(container.cpu, CpuUnits{128});
  EXPECT_EQ(container.memory, Mebibytes{256});
  EXPECT_EQ(container.stop_timeout, std::chrono::seconds(2));
  EXPECT_THAT(container.mounts, ElementsAre(model::BindMount{"", "own", "/own", false},
                                            model::BindMount{"/srv", "srv", "/data", true}));
  EXPECT_THAT(container.depends_on, ElementsAre(model::Dependency{"web", model::Condition::Healthy},
                                                model::Dependency{"web", model::Condition::Start}));
}

TEST(Accept, LeavesTheImageItsChoiceWhereTheTaskMakesNone) {
  const model::Container side = accepted(sample_task()).task.containers[1];

  EXPECT_EQ(side.command, std::nullopt);
  EXPECT_EQ(side.entry_point, std::nullopt);
  EXPECT_EQ(side.memory, std::nullopt);
  EXPECT_EQ(side.stop_timeout, std::nullopt);
  EXPECT_EQ(side.health_check, std::nullopt);
}

TEST(Accept, LetsAnOverriddenCommandWin) {
  protocol::Task given = sample_task();
  given.containers[1].command = {"serve"};
  given.containers[1].override_command = {"migrate"};

  EXPECT_EQ(accepted(given).task.containers[1].command, std::vector<std::string>{"migrate"});
}

TEST(Accept, FillsInWhatAHealthCheckLeavesOpen) {
  const model::HealthCheck defaults{{"/bin/sh", "-c", "true"},
                                    std::chrono::seconds(30),
                                    std::chrono::seconds(5),
                                    std::chrono::seconds(0),
                                    3};
  EXPECT_EQ(accepted(sample_task()).task.containers[0].health_check, defaults);

  protocol::Task given = sample_task();
  given.containers[0].docker_config->config =
      R"({"Healthcheck":{"Test":["CMD","/probe","-x"],"Interval":5000000000,
          "Timeout":1500000000,"StartPeriod":60000000000,"Retries":7}})";

  const model::HealthCheck full{{"/probe", "-x"},
                                std::chrono::seconds(5),
                                std::chrono::milliseconds(1500),
                                std::chrono::seconds(60),
                                7};
  EXPECT_EQ(accepted(given).task.containers[0].health_check, full);
}

TEST(Accept, TakesHostAndNoneWithoutAnInterface) {
  for (const auto& [name, mode] :
       {std::pair("host", model::NetworkMode::Host), std::pair("none", model::NetworkMode::None)}) {
    protocol::Task given = with_docker("{}", R"({"NetworkMode":")" + std::string(name) + "\"}");
    given.network_mode = name;
    given.enis.clear();

    const model::Task task = accepted(given).task;

    EXPECT_EQ(task.network_mode, mode);
    EXPECT_EQ(task.eni, std::nullopt);
  }
}

TEST(Accept, FollowsDockersNetworkModeWhereTheTaskNamesNone) {
  protocol::Task given = sample_task();
  given.network_mode = "";
  for (protocol::Container& container : given.containers) {
    if (!container.docker_config) container.docker_config = protocol::DockerConfig{};
    container.docker_config->host_config = R"({"NetworkMode":"host"})";
  }

  EXPECT_EQ(accepted(given).task.network_mode, model::NetworkMode::Host);
}

TEST(Accept, KeepsATaskThatIsToStopWhetherItCouldRunOrNot) {
  protocol::Task given = sample_task();
  given.desired_status = "STOPPED";
  given.containers[1].image = "No Image";

  const Accepted kept = accepted(given);

  EXPECT_EQ(kept.goal, model::Goal::Stopped);
  EXPECT_EQ(kept.task.arn, kTaskArn);
  EXPECT_EQ(kept.task.containers[1].name, "side");
  EXPECT_THAT(kept.passed_over, IsEmpty());
}

TEST(Accept, TakesRestartPolicyTimeoutsAndHostPorts) {
  protocol::Task given = sample_task();
  given.network_mode = "host";
  given.enis.clear();
  given.pid_mode = "host";
  protocol::Container& web = given.containers[0];
  web.docker_config.reset();
  web.health_check_type.clear();
  web.restart_policy = protocol::RestartPolicy{true, {0, 3}, 60};
  web.start_timeout_s = 30;
  web.port_mappings = {{8080, 0, "", ""}, {53, 53, "udp", ""}};
  given.containers.resize(1);

  const model::Task task = accepted(given).task;

  EXPECT_TRUE(task.host_pids);
  EXPECT_EQ(task.containers[0].restart_policy,
            (model::RestartPolicy{{0, 3}, std::chrono::seconds(60)}));
  EXPECT_EQ(task.containers[0].start_timeout, std::chrono::seconds(30));
  EXPECT_EQ(task.containers[0].host_ports,
            (std::vector<model::HostPort>{{8080, "tcp"}, {53, "udp"}}));
}

TEST(Accept, NamesOnceEverythingItPassesOver) {
  protocol::Task given =
      with_docker(R"({"Hostname":"box","OpenStdin":true,"Volumes":{"/v":{}},"AttachStdout":true})",
                  R"({"LogConfig":{"Type":"awslogs","Config":{"awslogs-group":"g"}},"Init":true,
          "Dns":["10.0.0.2"],"DnsSearch":["lab"],"MemorySwap":-1,"MemorySwappiness":60,
          "SecurityOpt":["seccomp=unconfined"],"OomScoreAdj":5,"BlkioWeight":0,
          "PortBindings":{"80/tcp":[]},"NetworkMode":"awsvpc","CapAdd":[],"CapDrop":null})");
  protocol::Container& side = given.containers[1];
  side.secrets = {{"KEY", "arn", "", "asm", "BOOTSTRAP", "LOG_DRIVER", ""}};
  side.logs_auth_strategy = "ExecutionRole";
  side.firelens = protocol::FirelensConfiguration{"fluentbit", {}};
  side.links = {"web:w"};
  side.managed_agents = {{"ExecuteCommandAgent", {}}};
  side.registry_authentication = protocol::RegistryAuthentication{};
  side.registry_authentication->type = "asm";
  given.ipc_mode = "none";
  given.role_credentials = protocol::RoleCredentials{};
  given.execution_role_credentials = protocol::RoleCredentials{};
  given.enable_fault_injection = true;
  given.enis[0].ipv6 = {{true, "fd00::5"}};

  EXPECT_THAT(
      accepted(given).passed_over,
      ::testing::UnorderedElementsAre(
          "ipcMode", "taskRoleArn", "executionRoleArn", "enableFaultInjection",
          "containerDefinitions[1].logConfiguration",
          "containerDefinitions[1].firelensConfiguration", "containerDefinitions[1].links",
          "containerDefinitions[1].managedAgents", "containerDefinitions[1].repositoryCredentials",
          "containerDefinitions[1].hostname", "containerDefinitions[1].interactive",
          "containerDefinitions[1].dockerConfig.config.Volumes",
          "containerDefinitions[1].linuxParameters.initProcessEnabled",
          "containerDefinitions[1].dnsServers", "containerDefinitions[1].dnsSearchDomains",
          "containerDefinitions[1].linuxParameters.maxSwap",
          "containerDefinitions[1].linuxParameters.swappiness",
          "containerDefinitions[1].dockerSecurityOptions",
          "containerDefinitions[1].dockerConfig.hostConfig.OomScoreAdj"));
}

TEST(Accept, ChecksNothingWhereTheCheckIsNone) {
  for (const char* type : {"docker", ""}) {
    protocol::Task given = sample_task();
    given.containers[0].health_check_type = type;
    given.containers[0].docker_config->config = R"({"HealthCheck":{"Test":["NONE"]}})";

    const Accepted result = accepted(given);

    EXPECT_EQ(result.task.containers[0].health_check, std::nullopt) << type;
    EXPECT_THAT(result.passed_over, IsEmpty()) << type;
  }
}

TEST(Accept, PassesOverAHealthCheckNobodyWouldBeToldOf) {
  protocol::Task given = sample_task();
  given.containers[0].health_check_type = "";

  const Accepted result = accepted(given);

  EXPECT_EQ(result.task.containers[0].health_check, std::nullopt);
  EXPECT_THAT(result.passed_over, ElementsAre("containerDefinitions[0].healthCheck"));
}

TEST(Accept, PublishesPortsInModeBridge) {
  protocol::Task given = sample_task();
  given.network_mode = "bridge";
  given.enis.clear();
  given.containers[0].port_mappings = {
      {80, 8080, "", ""}, {53, 0, "udp", ""}, {0, 0, "tcp", "9000-9002"}};
  given.containers[1].links = {"web:front"};

  const Accepted taken = accepted(given);

  EXPECT_EQ(taken.task.network_mode, model::NetworkMode::Bridge);
  EXPECT_THAT(taken.task.containers[0].port_mappings,
              ::testing::ElementsAre(model::PortMapping{80, 80, 8080, "tcp"},
                                     model::PortMapping{53, 53, 0, "udp"},
                                     model::PortMapping{9000, 9002, 0, "tcp"}));
  EXPECT_THAT(taken.task.containers[0].host_ports,
              ::testing::ElementsAre(model::HostPort{8080, "tcp"}));
  EXPECT_THAT(taken.task.containers[1].links,
              ::testing::ElementsAre(std::pair<std::string, std::string>("web", "front")));
}

TEST(Accept, TakesBothFamiliesAndGroupsOfAnInterface) {
  protocol::Task given = sample_task();
  given.enis[0].ipv6 = {{true, "fd00::5"}};
  given.enis[0].berth = protocol::BerthInterface{
      "subnet-1", {"sg-1"}, {{"sg-1", 3, {{"tcp", 80, 90, {"::/0"}, {"sg-1"}}}, {}, {"fd00::5"}}}};

  const model::Eni eni = *accepted(given).task.eni;

  EXPECT_EQ(eni.ipv4, "10.0.1.25");
  EXPECT_EQ(eni.ipv6, "fd00::5");
  EXPECT_EQ(eni.ipv6_prefix_length, 64);
  EXPECT_THAT(eni.security_groups, ::testing::ElementsAre("sg-1"));
  EXPECT_EQ(eni.groups, (std::vector<model::SecurityGroup>{
                            {"sg-1", 3, {{"tcp", 80, 90, {"::/0"}, {"sg-1"}}}, {}, {"fd00::5"}}}));
}

TEST(Accept, TakesEveryRecordedTask) {
  int tasks = 0;
  for (const Json& body : protocol::recorded("acs.send", "PayloadMessage")) {
    auto payload = protocol::decode_payload(body);
    ASSERT_TRUE(payload) << payload.error();
    for (protocol::Task& task : payload->message.tasks) {
      task.desired_status = "RUNNING";
      EXPECT_EQ(refusal_of(task), "");
      ++tasks;
    }
  }
  EXPECT_GT(tasks, 10);
}

TEST(RefuseUndecoded, SpeaksTheIncumbentsWords) {
  const Refusal refusal = refuse_undecoded(
      {kTaskArn, {Errc::Invalid, 0, "containers[0].cpu: \"x\" must be a whole number"}});

  EXPECT_EQ(refusal.task.arn, kTaskArn);
  EXPECT_EQ(refusal.reason,
            "UnrecogniedTaskError: Error loading task - containers[0].cpu: \"x\" must be a whole "
            "number");
}

}  // namespace
}  // namespace berth::inbox
