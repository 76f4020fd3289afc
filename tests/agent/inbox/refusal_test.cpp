// refusal_test.cpp - every way to be refused, with the text that is reported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/agent/inbox/payload_task.hpp"

namespace berth::inbox {
namespace {

using Spoil = std::function<void(protocol::Task&)>;

struct Spoiled {
  const char* name;
  Spoil spoil;
  const char* why;
};

void PrintTo(const Spoiled& spoiled, std::ostream* out) {
  *out << spoiled.name;
}

std::string name_of(const ::testing::TestParamInfo<Spoiled>& instance) {
  return instance.param.name;
}

class RefusedTask : public ::testing::TestWithParam<Spoiled> {};

TEST_P(RefusedTask, IsToldFieldValueAndRule) {
  protocol::Task task = sample_task();
  GetParam().spoil(task);

  EXPECT_EQ(refusal_of(task), GetParam().why);
}

protocol::Secret secret(const char* name, const char* target) {
  return {name, "arn:s", "eu-west-1", "asm", "ENVIRONMENT_VARIABLE", target, ""};
}

INSTANTIATE_TEST_SUITE_P(
    Unsupported, RefusedTask,
    ::testing::Values(
        Spoiled{"Secret",
                [](protocol::Task& task) {
                  task.containers[0].secrets = {secret("LOG_KEY", "LOG_DRIVER"),
                                                secret("DB_PASSWORD", "CONTAINER")};
                },
                "containerDefinitions[0].secrets[0].name \"DB_PASSWORD\": secrets are not "
                "supported by this agent version"},
        Spoiled{"SecondSecret",
                [](protocol::Task& task) { task.containers[1].secrets = {secret("A", "")}; },
                "containerDefinitions[1].secrets[0].name \"A\": secrets are not supported by this "
                "agent version"},
        Spoiled{"EnvironmentFile",
                [](protocol::Task& task) {
                  task.containers[0].environment_files = {{"arn:aws:s3:::b/a.env", "s3"}};
                },
                "containerDefinitions[0].environmentFiles[0].value \"arn:aws:s3:::b/a.env\": "
                "environment files are not supported by this agent version"},
        Spoiled{"VolumesFrom",
                [](protocol::Task& task) { task.containers[1].volumes_from = {{"web", false}}; },
                "containerDefinitions[1].volumesFrom[0].sourceContainer \"web\": volumes of other "
                "containers are not supported by this agent version"},
        Spoiled{"CredentialSpec",
                [](protocol::Task& task) { task.containers[0].credential_specs = {"x"}; },
                "containerDefinitions[0].credentialSpecs[0] \"x\": not supported by this agent "
                "version"},
        Spoiled{"DockerVolume",
                [](protocol::Task& task) {
                  task.volumes = {{"v", "docker", {}, protocol::DockerVolume{}, {}}};
                },
                "volumes[0].dockerVolumeConfiguration: not supported by this agent version"},
        Spoiled{"EfsVolume",
                [](protocol::Task& task) {
                  task.volumes = {{"v", "efs", {}, {}, protocol::EfsVolume{}}};
                },
                "volumes[0].efsVolumeConfiguration: not supported by this agent version"},
        Spoiled{"FsxVolume",
                [](protocol::Task& task) {
                  task.volumes = {{"v", "fsxWindowsFileServer", {}, {}, {}}};
                },
                "volumes[0].fsxWindowsFileServerVolumeConfiguration \"fsxWindowsFileServer\": not "
                "supported by this agent version"},
        Spoiled{"EbsVolume",
                [](protocol::Task& task) { task.volumes = {{"v", "amazonebs", {}, {}, {}}}; },
                "volumes[0].configuredAtLaunch \"amazonebs\": not supported by this agent version"},
        Spoiled{"UnknownVolume",
                [](protocol::Task& task) { task.volumes = {{"v", "tape", {}, {}, {}}}; },
                "volumes[0].type \"tape\": not supported by this agent version"},
        Spoiled{"ElasticInference",
                [](protocol::Task& task) {
                  task.associations = {{"GPU-1", "gpu", {"web"}, "", ""},
                                       {"device", "elastic-inference", {"web"}, "", ""}};
                },
                "associations[1].type \"elastic-inference\": not supported by this agent "
                "version"},
        Spoiled{"Ebs", [](protocol::Task& task) { task.attachments = {{"arn", "amazonebs", {}}}; },
                "attachments[0].attachmentType \"amazonebs\": not supported by this agent "
                "version"},
        Spoiled{"PidMode", [](protocol::Task& task) { task.pid_mode = "task"; },
                "pidMode \"task\": not supported by this agent version"},
        Spoiled{"IpcMode", [](protocol::Task& task) { task.ipc_mode = "host"; },
                "ipcMode \"host\": not supported by this agent version"}),
    name_of);

protocol::Task bridge_task(std::vector<protocol::PortMapping> mappings) {
  protocol::Task task = sample_task();
  task.network_mode = "bridge";
  task.enis.clear();
  task.containers[0].port_mappings = std::move(mappings);
  return task;
}

TEST(PortMappings, ThatCannotBeAreRefusedByField) {
  const std::string here = "containerDefinitions[0].portMappings[0]";
  const std::pair<protocol::PortMapping, std::string> rows[] = {
      {{0, 80, "tcp", ""}, here + ".containerPort \"0\": must be from 1 to 65535"},
      {{65536, 80, "tcp", ""}, here + ".containerPort \"65536\": must be from 1 to 65535"},
      {{80, -1, "tcp", ""}, here + ".hostPort \"-1\": must be from 0 to 65535"},
      {{80, 80, "sctp", ""}, here + ".protocol \"sctp\": must be tcp or udp"},
      {{0, 0, "tcp", "90-80"},
       here + ".containerPortRange \"90-80\": must be two ports as 8000-8010, the smaller first, "
              "1000 at most"}};
  for (const auto& [mapping, why] : rows) EXPECT_EQ(refusal_of(bridge_task({mapping})), why);
}

INSTANTIATE_TEST_SUITE_P(
    Network, RefusedTask,
    ::testing::Values(
        Spoiled{"UnknownMode", [](protocol::Task& task) { task.network_mode = "vpc"; },
                "networkMode \"vpc\": not supported by this agent version; allowed are awsvpc, "
                "bridge, host, none"},
        Spoiled{"OtherModeInDocker",
                [](protocol::Task& task) {
                  task.network_mode = "host";
                  task.containers[0].docker_config->host_config = R"({"NetworkMode":"bridge"})";
                },
                "containerDefinitions[0].dockerConfig.hostConfig.NetworkMode \"bridge\": differs "
                "from the task's network mode \"host\""},
        Spoiled{"SysctlOfTheHost",
                [](protocol::Task& task) {
                  task.network_mode = "host";
                  task.containers[0].docker_config->host_config =
                      R"({"Sysctls":{"net.ipv4.ip_forward":"1"}})";
                },
                "containerDefinitions[0].systemControls \"net.ipv4.ip_forward\": not allowed with "
                "network mode \"host\""},
        Spoiled{"NoInterface", [](protocol::Task& task) { task.enis.clear(); },
                "elasticNetworkInterfaces: 0 given; network mode \"awsvpc\" needs exactly one"},
        Spoiled{"TwoInterfaces",
                [](protocol::Task& task) { task.enis.push_back(task.enis.front()); },
                "elasticNetworkInterfaces: 2 given; network mode \"awsvpc\" needs exactly one"},
        Spoiled{"Mac", [](protocol::Task& task) { task.enis[0].mac = "02:11:22:33:44"; },
                "elasticNetworkInterfaces[0].macAddress \"02:11:22:33:44\": must be a MAC "
                "address"},
        Spoiled{"NoAddress", [](protocol::Task& task) { task.enis[0].ipv4.clear(); },
                "elasticNetworkInterfaces[0].ipv4Addresses: at least one, or one of ipv6Addresses, "
                "is required"},
        Spoiled{"Ipv6Address", [](protocol::Task& task) { task.enis[0].ipv6 = {{true, "fd00:"}}; },
                "elasticNetworkInterfaces[0].ipv6Addresses \"fd00:\": must be an IPv6 address"},
        Spoiled{"Address", [](protocol::Task& task) { task.enis[0].ipv4 = {{true, "10.0.1.300"}}; },
                "elasticNetworkInterfaces[0].ipv4Addresses \"10.0.1.300\": must be an IPv4 "
                "address"},
        Spoiled{"Gateway", [](protocol::Task& task) { task.enis[0].gateway_ipv4 = "10.0.1.1/0"; },
                "elasticNetworkInterfaces[0].subnetGatewayIpv4Address \"10.0.1.1/0\": must be an "
                "IPv4 address with its prefix length"},
        Spoiled{"VlanOfATrunk",
                [](protocol::Task& task) {
                  task.enis[0].association_protocol = "vlan";
                  task.enis[0].vlan = protocol::VlanProperties{"7", "02:zz"};
                },
                "elasticNetworkInterfaces[0].interfaceVlanProperties.trunkInterfaceMacAddress "
                "\"02:zz\": must be a MAC address"},
        Spoiled{"Ipv6Gateway",
                [](protocol::Task& task) {
                  task.enis[0].ipv6 = {{true, "fd00::7"}};
                  task.enis[0].gateway_ipv6 = "10.0.0.1/24";
                },
                "elasticNetworkInterfaces[0].subnetGatewayIpv6Address \"10.0.0.1/24\": must be "
                "an IPv6 address with its prefix length"},
        Spoiled{"Vlan",
                [](protocol::Task& task) {
                  task.enis[0].association_protocol = "vlan";
                  task.enis[0].vlan = protocol::VlanProperties{"4095", "02:11:22:33:44:55"};
                },
                "elasticNetworkInterfaces[0].interfaceVlanProperties.vlanId \"4095\": must be a "
                "number from 1 to 4094"},
        Spoiled{"NameServer",
                [](protocol::Task& task) { task.enis[0].domain_name_servers = {"a\nb"}; },
                "elasticNetworkInterfaces[0].domainNameServers \"a\\nb\": must be an address"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Shape, RefusedTask,
    ::testing::Values(
        Spoiled{"NoContainer", [](protocol::Task& task) { task.containers.clear(); },
                "containerDefinitions: at least one must be essential"},
        Spoiled{"NoEssentialContainer",
                [](protocol::Task& task) { task.containers[0].essential = false; },
                "containerDefinitions: at least one must be essential"},
        Spoiled{"TooManyContainers", [](protocol::Task& task) { task.containers.resize(101); },
                "containerDefinitions: 101 given; at most 100 are run"},
        Spoiled{"NameTwice", [](protocol::Task& task) { task.containers[1].name = "web"; },
                "containerDefinitions[1].name \"web\": is also the name of "
                "containerDefinitions[0]"},
        Spoiled{"NameWithSlash", [](protocol::Task& task) { task.containers[0].name = "../etc"; },
                "containerDefinitions[0].name \"../etc\": must be 1 to 255 letters, digits, '-' or "
                "'_'"},
        Spoiled{
            "Image", [](protocol::Task& task) { task.containers[0].image = "Web App"; },
            "containerDefinitions[0].image \"Web App\": must be [registry/]name[:tag][@digest], "
            "the name in lower case"},
        Spoiled{"NegativeCpu", [](protocol::Task& task) { task.containers[0].cpu = -1; },
                "containerDefinitions[0].cpu: -1 must be from 0 to 1073741824"},
        Spoiled{"NegativeMemory", [](protocol::Task& task) { task.containers[0].memory_mib = -1; },
                "containerDefinitions[0].memory: -1 must be from 0 to 1073741824"},
        Spoiled{"LongStopTimeout",
                [](protocol::Task& task) { task.containers[0].stop_timeout_s = 31'536'001; },
                "containerDefinitions[0].stopTimeout: 31536001 must be from 0 to 31536000"},
        Spoiled{"NegativeTaskCpu", [](protocol::Task& task) { task.cpu = -0.5; },
                "cpu: must be from 0 to 1048576 vCPU"},
        Spoiled{"HugeTaskMemory",
                [](protocol::Task& task) { task.memory_mib = std::int64_t{1} << 60; },
                "memory: 1152921504606846976 must be from 0 to 1073741824"},
        Spoiled{"MemoryAboveTheTasks",
                [](protocol::Task& task) {
                  task.memory_mib = 128;
                  task.containers[0].memory_mib = 256;
                },
                "resource cannot be initialized for task "
                "arn:aws:ecs:us-west-2:123456789012:task/lab/9f: cgroup resource: unable to build "
                "resource spec for task: task memory spec builder: container memory limit(256) "
                "greater than task memory limit(128)"},
        Spoiled{"NulInCommand",
                [](protocol::Task& task) { task.containers[0].command = {std::string("a\0b", 3)}; },
                "containerDefinitions[0].command: must not have NUL characters"},
        Spoiled{"NulInValue",
                [](protocol::Task& task) {
                  task.containers[0].environment = {{"A", std::string("s\0b", 3)}};
                },
                "containerDefinitions[0].environment \"A\": its value must not have NUL "
                "characters"},
        Spoiled{"VariableName",
                [](protocol::Task& task) { task.containers[0].environment = {{"A=B", "secret"}}; },
                "containerDefinitions[0].environment \"A=B\": is not the name of a variable"},
        Spoiled{
            "UnknownVolumeReference",
            [](protocol::Task& task) { task.containers[0].mount_points = {{"v", "/v", false}}; },
            "containerDefinitions[0].mountPoints[0].sourceVolume \"v\": no such volume in the "
            "task definition"},
        Spoiled{"RelativeMountPath",
                [](protocol::Task& task) {
                  task.volumes = {{"v", "", "", {}, {}}};
                  task.containers[0].mount_points = {{"v", "v", false}};
                },
                "containerDefinitions[0].mountPoints[0].containerPath \"v\": must be an absolute "
                "path"},
        Spoiled{"MountedTwice",
                [](protocol::Task& task) {
                  task.volumes = {{"v", "", "", {}, {}}};
                  task.containers[0].mount_points = {{"v", "/v", false}, {"v", "/v", false}};
                },
                "containerDefinitions[0].mountPoints[1].containerPath \"/v\": is mounted twice"},
        Spoiled{"RelativeSourcePath",
                [](protocol::Task& task) { task.volumes = {{"v", "", "srv", {}, {}}}; },
                "volumes[0].host.sourcePath \"srv\": must be an absolute path"},
        Spoiled{"VolumeName", [](protocol::Task& task) { task.volumes = {{"..", "", "", {}, {}}}; },
                "volumes[0].name \"..\": must be 1 to 255 letters, digits, '-' or '_'"},
        Spoiled{"VolumeNameTwice",
                [](protocol::Task& task) {
                  task.volumes = {{"v", "", "", {}, {}}, {"v", "", "/a", {}, {}}};
                },
                "volumes[1].name \"v\": is also the name of volumes[0]"},
        Spoiled{"HealthCheckType",
                [](protocol::Task& task) { task.containers[0].health_check_type = "http"; },
                "containerDefinitions[0].healthCheckType \"http\": must be \"docker\""},
        Spoiled{"NoHealthCheck",
                [](protocol::Task& task) { task.containers[1].health_check_type = "docker"; },
                "containerDefinitions[1].healthCheck: its container is to be checked but has no "
                "command"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Order, RefusedTask,
    ::testing::Values(
        Spoiled{"UnknownContainer",
                [](protocol::Task& task) { task.containers[0].depends_on = {{"db", "START"}}; },
                "Task dependencies cannot be resolved, taskArn: "
                "arn:aws:ecs:us-west-2:123456789012:task/lab/9f: "
                "containerDefinitions[0].dependsOn[0].containerName \"db\": no such container in "
                "the task"},
        Spoiled{"UnknownCondition",
                [](protocol::Task& task) { task.containers[0].depends_on = {{"side", "READY"}}; },
                "containerDefinitions[0].dependsOn[0].condition \"READY\": must be START, "
                "COMPLETE, SUCCESS or HEALTHY"},
        Spoiled{"HealthyWithoutACheck",
                [](protocol::Task& task) { task.containers[0].depends_on = {{"side", "HEALTHY"}}; },
                "Task dependencies cannot be resolved, taskArn: "
                "arn:aws:ecs:us-west-2:123456789012:task/lab/9f: "
                "containerDefinitions[0].dependsOn[0].condition \"HEALTHY\": container \"side\" "
                "has no health check"},
        Spoiled{"Circle",
                [](protocol::Task& task) {
                  task.containers.push_back(task.containers[1]);
                  task.containers[2].name = "db";
                  task.containers[0].depends_on = {{"side", "START"}};
                  task.containers[1].depends_on = {{"db", "START"}};
                  task.containers[2].depends_on = {{"side", "COMPLETE"}};
                },
                "Task dependencies cannot be resolved, taskArn: "
                "arn:aws:ecs:us-west-2:123456789012:task/lab/9f: dependsOn goes in a circle: side "
                "-> db -> side"},
        Spoiled{"Itself",
                [](protocol::Task& task) { task.containers[0].depends_on = {{"web", "START"}}; },
                "Task dependencies cannot be resolved, taskArn: "
                "arn:aws:ecs:us-west-2:123456789012:task/lab/9f: dependsOn goes in a circle: web "
                "-> web"}),
    name_of);

TEST(Refusal, KeepsWhatAReportNeeds) {
  protocol::Task task = sample_task();
  task.network_mode = "vpc";
  task.containers[0].container_arn = "arn:container";

  const Verdict verdict = accept(task, {});

  const auto& refusal = std::get<Refusal>(verdict);
  EXPECT_EQ(refusal.task.arn, kTaskArn);
  EXPECT_EQ(refusal.task.family, "web");
  ASSERT_EQ(refusal.task.containers.size(), 2u);
  EXPECT_EQ(refusal.task.containers[0].name, "web");
  EXPECT_EQ(refusal.task.containers[0].arn, "arn:container");
}

TEST(Rules, DecideAboutPrivilegedContainers) {
  const protocol::Task task = with_docker("", R"({"Privileged":true})");
  Rules rules;
  EXPECT_EQ(refusal_of(task, rules), "");

  rules.privileged = false;

  EXPECT_EQ(refusal_of(task, rules),
            "containerDefinitions[1].privileged: true: not allowed by ECS_DISABLE_PRIVILEGED");
}

TEST(Rules, DecideAboutMemoryAboveTheTasks) {
  protocol::Task task = sample_task();
  task.memory_mib = 128;
  task.containers[0].memory_mib = 256;
  Rules rules;
  rules.task_limits = false;

  EXPECT_EQ(refusal_of(task, rules), "");
}

TEST(Refusal, NamesEverythingThatIsWrong) {
  protocol::Task task = sample_task();
  task.pid_mode = "task";
  task.enable_fault_injection = true;
  task.containers[0].secrets = {secret("A", "CONTAINER"), secret("B", "CONTAINER")};

  const Verdict verdict = accept(task, {});

  const auto* refusal = std::get_if<Refusal>(&verdict);
  ASSERT_NE(refusal, nullptr);
  std::vector<std::string> fields;
  for (const Refused& one : refusal->refused) fields.push_back(one.field);
  EXPECT_THAT(fields, ::testing::ElementsAre("pidMode", "containerDefinitions[0].secrets[0].name",
                                             "containerDefinitions[0].secrets[1].name"));
  EXPECT_EQ(refusal->reason, refusal->refused.front().reason);
  EXPECT_THAT(refusal->passed_over, ::testing::ElementsAre("enableFaultInjection"));
}

}  // namespace
}  // namespace berth::inbox
