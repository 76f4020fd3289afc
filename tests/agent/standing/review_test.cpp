// review_test.cpp - what would come of definitions on nodes of many kinds.
#include "agent/standing/review.hpp"

#include <gmock/gmock.h>

#include "tests/agent/standing/reviewed.hpp"

namespace berth::standing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Expected {
  const char* what;
  Json definition;
  const char* path;
  Fate fate;
  const char* words;
  const char* refusal = "";  ///< part of it; "" when the task would run
  Node node = roomy_node();
};

void check(const Expected& one) {
  const Review review = reviewed(one.definition, one.node);
  const Remark remark = remark_of(review, one.path);
  EXPECT_EQ(remark.fate, one.fate) << one.what << ": " << remark.words;
  EXPECT_THAT(remark.words, HasSubstr(one.words)) << one.what;
  const bool is_expected = *one.refusal != '\0';
  EXPECT_EQ(review.refusal.empty(), !is_expected) << one.what << ": " << review.refusal;
  EXPECT_THAT(review.refusal, HasSubstr(one.refusal)) << one.what;
}

Node with_rules(inbox::Rules rules) {
  Node node = roomy_node();
  node.rules = rules;
  return node;
}

Node on(Sender sender, const char* driver = "bridge") {
  Node node = roomy_node(sender);
  node.eni_driver = driver;
  node.rules.gives_addresses = node.eni_driver == "cni";
  return node;
}

Json log(const char* driver, const Json& options = Json::object()) {
  return {{"logConfiguration", {{"logDriver", driver}, {"options", options}}}};
}

Json linux_parameter(const char* name, const Json& value) {
  return {{"linuxParameters", {{name, value}}}};
}

Json label(const char* name, const char* text) {
  return {{"dockerLabels", {{name, text}}}};
}

Node with_cgroups(model::CgroupFacts cgroups) {
  Node node = roomy_node();
  node.facts.cgroups = cgroups;
  node.rules.cgroups = std::move(cgroups);
  return node;
}

Json gpus(const char* count) {
  return {{"resourceRequirements", Json::array({{{"type", "GPU"}, {"value", count}}})}};
}

Json proxy() {
  return Json::parse(R"({"networkMode": "awsvpc", "proxyConfiguration": {"type": "APPMESH",
    "containerName": "app", "properties": [{"name": "IgnoredUID", "value": "1337"},
    {"name": "ProxyIngressPort", "value": "15000"}, {"name": "ProxyEgressPort", "value": "15001"},
    {"name": "AppPorts", "value": "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"}]}})");
}

Json groups() {
  return Json::parse(R"({"networkMode": "awsvpc", "networkConfiguration": {"awsvpcConfiguration":
    {"subnets": ["lan"], "securityGroups": ["sg-web"], "assignPublicIp": "DISABLED"}}})");
}

constexpr const char* kGroups = "networkConfiguration.awsvpcConfiguration.securityGroups";

TEST(Review, SaysWhatBecomesOfAFieldByItsValue) {
  const Json awslogs = log("awslogs", {{"awslogs-group", "g"}, {"awslogs-region", "r"}});
  const Json db = {{"name", "db"}, {"image", "db"}, {"memory", 4}};
  const std::vector<Expected> table{
      {"json-file", with({}, log("json-file")), ".logConfiguration.logDriver", Fate::Emulated,
       "berth logs"},
      {"json-file with options", with({}, log("json-file", {{"max-size", "1m"}})),
       ".logConfiguration.logDriver", Fate::Emulated, "berth logs"},
      {"options", with({}, log("json-file", {{"max-size", "1m"}})), ".logConfiguration.options",
       Fate::Ignored, "nobody reads options"},
      {"no options", with({}, log("json-file")), ".logConfiguration.options", Fate::Honoured,
       "asks for nothing"},
      {"none", with({}, log("none")), ".logConfiguration.logDriver", Fate::Emulated,
       "all the same"},
      {"awslogs", with({}, awslogs), ".logConfiguration.logDriver", Fate::Ignored,
       "nothing is sent to awslogs"},
      {"health", with({}, {{"healthCheck", {{"command", {"CMD", "true"}}}}}), ".healthCheck",
       Fate::Honoured, "run in the container"},
      {"no health", with({}, {{"healthCheck", {{"command", {"NONE"}}}}}), ".healthCheck",
       Fate::Honoured, "none"},
      {"restarts", with({}, {{"restartPolicy", {{"enabled", true}}}}), ".restartPolicy",
       Fate::Honoured, "started again"},
      {"swappiness", with({}, {{"linuxParameters", {{"maxSwap", 8}, {"swappiness", 60}}}}),
       ".linuxParameters.swappiness", Fate::Ignored, "the host's own"},
      {"init", with({}, linux_parameter("initProcessEnabled", true)),
       ".linuxParameters.initProcessEnabled", Fate::Ignored, "process 1"},
      {"no init", with({}, linux_parameter("initProcessEnabled", false)),
       ".linuxParameters.initProcessEnabled", Fate::Honoured, "asks for nothing"},
      {"firelens", with({}, {{"firelensConfiguration", {{"type", "fluentbit"}}}}),
       ".firelensConfiguration", Fate::Ignored, "no output of others"},
      {"host", with({{"volumes", {{{"name", "v"}, {"host", {{"sourcePath", "/srv"}}}}}}}),
       "volumes[0].host", Fate::Honoured, "a directory of the host"},
      {"scratch", with({{"volumes", {{{"name", "v"}, {"host", Json::object()}}}}}),
       "volumes[0].host", Fate::Emulated, "not copied"},
      {"storage", with({{"ephemeralStorage", {{"sizeInGiB", 30}}}}), "ephemeralStorage",
       Fate::Ignored, "no size of its own"},
      {"host pids", with({{"pidMode", "host"}}), "pidMode", Fate::Honoured, "the host's own"},
      {"task pids", with({{"pidMode", "task"}}), "pidMode", Fate::Refused, "not supported",
       "pidMode \"task\": not supported"},
      {"no IPC", with({{"ipcMode", "none"}}), "ipcMode", Fate::Ignored, "of its own anyway"},
      {"host IPC", with({{"ipcMode", "host"}}), "ipcMode", Fate::Refused, "not supported",
       "ipcMode \"host\""},
      {"x86", with({{"runtimePlatform", {{"cpuArchitecture", "X86_64"}}}}),
       "runtimePlatform.cpuArchitecture", Fate::Honoured, "this node is X86_64"},
      {"arm", with({{"runtimePlatform", {{"cpuArchitecture", "ARM64"}}}}),
       "runtimePlatform.cpuArchitecture", Fate::Ignored, "this node is X86_64"},
      {"Windows",
       with({{"runtimePlatform", {{"operatingSystemFamily", "WINDOWS_SERVER_2022_CORE"}}}}),
       "runtimePlatform.operatingSystemFamily", Fate::Ignored, "runs Linux"},
      {"role", with({{"taskRoleArn", "arn:1"}}), "taskRoleArn", Fate::Ignored, "no keys"},
      {"dependsOn",
       with({{"containerDefinitions",
              {db,
               {{"name", "app"},
                {"image", "a"},
                {"memory", 4},
                {"dependsOn", {{{"containerName", "db"}, {"condition", "START"}}}}}}}}),
       "containerDefinitions[1].dependsOn", Fate::Honoured, "the order"},
      {"bandwidth", with({}, {{"dockerLabels", {{"berth.bandwidth.ingress", "10M"}}}}),
       ".dockerLabels.berth.bandwidth.ingress", Fate::Honoured, "held by the kernel"},
      {"bandwidth of the host",
       with({{"networkMode", "host"}}, {{"dockerLabels", {{"berth.bandwidth.ingress", "10M"}}}}),
       ".dockerLabels.berth.bandwidth.ingress", Fate::Refused, "no interface of its own",
       "not possible with network mode \"host\""},
      {"labels", with({}, {{"dockerLabels", {{"team", "a"}}}}), ".dockerLabels", Fate::Honoured,
       "in containerd"},
      {"bad direction", with({}, {{"dockerLabels", {{"berth.bandwidth.up", "1M"}}}}),
       ".dockerLabels", Fate::Refused, "ingress and .egress only", "berth.bandwidth.up"},
      {"memory.high", with({}, label("berth.memory.high", "16M")),
       ".dockerLabels.berth.memory.high", Fate::Honoured, "nothing is killed"},
      {"too much memory.high", with({}, label("berth.memory.high", "33M")),
       ".dockerLabels.berth.memory.high", Fate::Refused, "above memory 32", "berth.memory.high"},
      {"pids.max", with({}, label("berth.pids.max", "50")), ".dockerLabels.berth.pids.max",
       Fate::Honoured, "processes and threads"},
      {"no such limit", with({}, label("berth.memory.max", "16M")), ".dockerLabels", Fate::Refused,
       "berth.memory.high only", "berth.memory.max"},
      {"DNS", with({}, {{"dnsServers", {"10.0.0.2"}}}), ".dnsServers", Fate::Honoured,
       "resolv.conf"},
      {"DNS on the host", with({{"networkMode", "host"}}, {{"dnsServers", {"10.0.0.2"}}}),
       ".dnsServers", Fate::Ignored, "share its files"},
      {"security", with({}, {{"dockerSecurityOptions", {"label:disable"}}}),
       ".dockerSecurityOptions", Fate::Ignored, "nothing is changed"},
      {"a profile", with({}, {{"dockerSecurityOptions", {"apparmor:x"}}}), ".dockerSecurityOptions",
       Fate::Refused, "not supported", "apparmor:x"},
      {"host sysctl",
       with({{"networkMode", "host"}},
            {{"systemControls", {{{"namespace", "net.core.somaxconn"}, {"value", "1"}}}}}),
       ".systemControls", Fate::Refused, "not allowed with network mode", "systemControls"},
      {"port", with({}, {{"portMappings", {{{"containerPort", 80}, {"name", "web"}}}}}),
       ".portMappings[0].containerPort", Fate::Honoured, "published"},
      {"name of a port", with({}, {{"portMappings", {{{"containerPort", 80}, {"name", "web"}}}}}),
       ".portMappings[0].name", Fate::Ignored, "Service Connect"},
      {"proxy", with(proxy()), "proxyConfiguration.properties", Fate::Ignored,
       "in part: AppPorts after the first 15"},
      {"nobody's field", with({{"taskDefinitionArn", "arn:1"}}), "taskDefinitionArn", Fate::Ignored,
       "no field of a task definition"},
      {"a member nobody knows", with({}, linux_parameter("turbo", true)), ".linuxParameters.turbo",
       Fate::Ignored, "no field of a task definition"}};
  for (const Expected& one : table) check(one);
}

TEST(Review, SaysWhatBecomesOfALimitByTheCgroupsOfTheNode) {
  const Node v1 = with_cgroups({.version = 1, .controllers = {"blkio", "memory", "pids"}});
  const std::vector<std::string> all{"cpu", "io", "memory", "pids"};
  const Node unweighed = with_cgroups({.version = 2, .controllers = all});
  const Node cost = with_cgroups({.version = 2, .controllers = all, .has_io_weight = true});
  const Node bfq = with_cgroups({.version = 2, .controllers = all, .has_bfq_weight = true});
  const Json weight = with({}, label("berth.io.weight", "200"));
  const Json high = with({}, label("berth.memory.high", "16M"));
  const char* const io = ".dockerLabels.berth.io.weight";
  const std::vector<Expected> table{
      {"either", weight, io, Fate::Honoured, "that bfq schedules or blk-iocost is turned on for"},
      {"blk-iocost", weight, io, Fate::Honoured, "that blk-iocost is turned on for", "", cost},
      {"bfq", weight, io, Fate::Honoured, "that bfq schedules;", "", bfq},
      {"neither", weight, io, Fate::Refused, "neither io.weight", "not possible on this node",
       unweighed},
      {"io.weight on v1", weight, io, Fate::Refused, "cgroup v1", "not possible on this node", v1},
      {"memory.high on v1", high, ".dockerLabels.berth.memory.high", Fate::Refused, "cgroup v1",
       "not possible on this node", v1},
      {"pids.max on v1", with({}, label("berth.pids.max", "50")), ".dockerLabels.berth.pids.max",
       Fate::Honoured, "processes and threads", "", v1}};
  for (const Expected& one : table) check(one);
}

TEST(Review, SaysWhatBecomesOfAFieldByTheNode) {
  Node without_gpus = roomy_node();
  without_gpus.facts.gpus.ids.clear();
  Node without_swap = roomy_node();
  without_swap.facts.cgroups.counts_swap = false;
  Node low = roomy_node();
  low.facts.may_raise_limits = false;
  low.facts.rlimit_ceilings = {{"RLIMIT_NOFILE", 1024}};
  Node small = roomy_node();
  small.misfit = [](const model::Task&) { return Misfit{"memory", "the task wants 32 MiB"}; };
  const Json ulimits = {
      {"ulimits", {{{"name", "nofile"}, {"softLimit", 10}, {"hardLimit", 2048}}}}};
  const std::vector<Expected> table{
      {"privileged", with({}, {{"privileged", true}}), ".privileged", Fate::Honoured, "every"},
      {"privileged where that is off", with({}, {{"privileged", true}}), ".privileged",
       Fate::Refused, "ECS_DISABLE_PRIVILEGED", "privileged: true: not allowed",
       with_rules({.privileged = false})},
      {"cpu", with({{"cpu", "256"}}), "cpu", Fate::Honoured, "a quota"},
      {"cpu where limits are off", with({{"cpu", "256"}}), "cpu", Fate::Ignored,
       "ECS_ENABLE_TASK_CPU_MEM_LIMIT", "", with_rules({.task_limits = false})},
      {"GPU", with({}, gpus("1")), ".resourceRequirements", Fate::Honoured, "nobody else has"},
      {"GPU where there is none", with({}, gpus("1")), ".resourceRequirements", Fate::Refused,
       "this node has 0", "1 GPUs in all; this node has 0", without_gpus},
      {"swap", with({}, linux_parameter("maxSwap", 8)), ".linuxParameters.maxSwap", Fate::Honoured,
       "together"},
      {"swap that is not counted", with({}, linux_parameter("maxSwap", 8)),
       ".linuxParameters.maxSwap", Fate::Ignored, "does not account swap", "", without_swap},
      {"ulimit", with({}, ulimits), ".ulimits", Fate::Honoured, "limits"},
      {"ulimit above the daemon's own", with({}, ulimits), ".ulimits", Fate::Emulated,
       "nofile is cut to 1024", "", low},
      {"too much", smallest(), ".memory", Fate::Refused, "wants 32 MiB", "wants 32 MiB", small}};
  for (const Expected& one : table) check(one);
}

TEST(Review, SaysHowATaskInAwsvpcGetsItsInterface) {
  Node no_network = on(Sender::File);
  no_network.check_network = [](const model::Task&) {
    return Error{Errc::Invalid, 0, "networkMode \"awsvpc\": no file describes a network"};
  };
  Node no_group = on(Sender::File);
  no_group.check_network = [](const model::Task&) {
    return Error{Errc::Invalid, 0, std::string(kGroups) + ": \"sg-web\": no file describes it"};
  };
  Node external = on(Sender::ControlPlane);
  external.attributes = {"ecs.capability.external"};
  const Json awsvpc = with({{"networkMode", "awsvpc"}});
  const std::vector<Expected> table{
      {"driver bridge", awsvpc, "networkMode", Fate::Emulated, "driver \"bridge\"; no ENI"},
      {"driver hotplug", awsvpc, "networkMode", Fate::Honoured, "plugged in", "",
       on(Sender::ControlPlane, "hotplug")},
      {"driver cni", awsvpc, "networkMode", Fate::Emulated, "plugins", "",
       on(Sender::ControlPlane, "cni")},
      {"of a file", awsvpc, "networkMode", Fate::Emulated, "network.d", "", on(Sender::File)},
      {"of a file, by plugins", awsvpc, "networkMode", Fate::Emulated, "plugins", "",
       on(Sender::File, "cni")},
      {"of a file, without a network", awsvpc, "networkMode", Fate::Refused, "no file",
       "no file describes a network", no_network},
      {"external", awsvpc, "networkMode", Fate::Refused, "task-eni", "does not register", external},
      {"hostname", with({{"networkMode", "host"}}, {{"hostname", "me"}}), ".hostname",
       Fate::Honoured, "own"},
      {"groups under berth-lab", with(groups()), kGroups, Fate::Honoured, "berth-lab"},
      {"groups under Amazon ECS", with(groups()), kGroups, Fate::Ignored,
       "Amazon ECS tells an agent nothing of groups", "", on(Sender::AmazonEcs)},
      {"groups of files", with(groups()), kGroups, Fate::Honoured, "network.d", "",
       on(Sender::File)},
      {"a group nobody describes", with(groups()), kGroups, Fate::Refused, "sg-web", "sg-web",
       no_group}};
  for (const Expected& one : table) check(one);
}

TEST(Review, SaysWhichNodesAmazonEcsPlacesATaskOn) {
  const Json definition = with({{"taskRoleArn", "arn:1"}});
  const char* missing = "com.amazonaws.ecs.capability.task-iam-role";
  Node offers = on(Sender::AmazonEcs);
  offers.attributes.push_back(missing);

  const Review refused = reviewed(definition, on(Sender::AmazonEcs));
  EXPECT_THAT(refused.refusal, HasSubstr(missing));
  EXPECT_EQ(remark_of(refused, "taskRoleArn").fate, Fate::Refused);
  EXPECT_EQ(reviewed(definition, offers).refusal, "");
  EXPECT_EQ(reviewed(definition, on(Sender::ControlPlane)).refusal, "") << "berth-lab does not ask";
  EXPECT_EQ(reviewed(definition, on(Sender::File)).refusal, "");
}

TEST(Review, NamesTheFieldThatRequiresAnAttribute) {
  Json definition = with({{"networkMode", "host"}}, log("json-file"));
  definition["containerDefinitions"].push_back({{"name", "side"},
                                                {"image", "side"},
                                                {"memory", 4},
                                                {"logConfiguration", {{"logDriver", "journald"}}}});
  Node node = on(Sender::AmazonEcs);
  node.attributes.push_back("com.amazonaws.ecs.capability.logging-driver.json-file");
  node.attributes.push_back("com.amazonaws.ecs.capability.docker-remote-api.1.19");

  const Review review = reviewed(definition, node);

  EXPECT_EQ(remark_of(review, ".logConfiguration.logDriver").fate, Fate::Emulated);
  const std::string path = "containerDefinitions[1].logConfiguration.logDriver";
  EXPECT_EQ(remark_of(review, path).fate, Fate::Refused);
  EXPECT_THAT(review.refusal, HasSubstr(path + ": Amazon ECS places such tasks on nodes"));
}

TEST(Review, NamesTheArchitectureThatTheControlPlaneGoesBy) {
  const Json arm = with({{"runtimePlatform", {{"cpuArchitecture", "ARM64"}}}});
  Node tells = roomy_node();
  tells.attributes.push_back("ecs.cpu-architecture");

  const Review review = reviewed(arm, tells);

  EXPECT_EQ(remark_of(review, "runtimePlatform.cpuArchitecture").fate, Fate::Refused);
  EXPECT_THAT(review.refusal, HasSubstr("this one is x86_64"));
}

TEST(Review, KeepsTheOrderOfTheFile) {
  const Review review = standing::review(
      R"({"networkMode": "host", "family": "web", "containerDefinitions": [{"memory": 32,
          "name": "app", "image": "busybox:1", "cpu": null}], "cpu": "256"})",
      roomy_node());

  std::vector<std::string> paths;
  for (const Remark& one : review.remarks) paths.push_back(one.path);
  EXPECT_THAT(paths,
              ElementsAre("networkMode", "family", "containerDefinitions[0].memory",
                          "containerDefinitions[0].name", "containerDefinitions[0].image", "cpu"));
}

TEST(Review, TellsOfEveryRefusedFieldAndOfTheFirstOneAsTheReason) {
  Json definition = with({{"executionRoleArn", "arn:1"}},
                         {{"secrets", {{{"name", "A"}, {"valueFrom", "b"}}}},
                          {"privileged", true},
                          {"environment", {{{"name", "TOKEN"}, {"value", "s3cret"}}}}});

  const Review review = reviewed(definition, with_rules({.privileged = false}));

  EXPECT_EQ(remark_of(review, ".secrets").fate, Fate::Refused);
  EXPECT_EQ(remark_of(review, ".privileged").fate, Fate::Refused);
  EXPECT_THAT(review.refusal, HasSubstr("secrets[0].name \"A\""));
  for (const Remark& one : review.remarks) {
    EXPECT_THAT(one.words, ::testing::Not(HasSubstr("s3cret")));
  }
}

TEST(Review, TellsWhatATaskWouldWaitForUnlessItIsRefused) {
  Node busy = roomy_node();
  busy.waits_for = [](const model::Task&) { return std::optional<std::string>("tcp/80"); };

  EXPECT_EQ(reviewed(smallest(), busy).waits_for, "tcp/80");
  EXPECT_EQ(reviewed(with({{"pidMode", "task"}}), busy).waits_for, "");
}

TEST(Review, GivesItsGpusToTheTaskBeforeTheQueueIsAsked) {
  Node node = roomy_node();
  std::vector<std::string> asked;
  node.waits_for = [&asked](const model::Task& task) {
    asked = task.containers[0].gpus;
    return std::nullopt;
  };

  EXPECT_EQ(reviewed(with({}, gpus("1")), node).refusal, "");

  EXPECT_THAT(asked, ElementsAre("GPU-a"));
}

TEST(Review, RefusesWhatIsNoTaskDefinition) {
  struct Case {
    std::string text;
    const char* refusal;
    const char* path;  ///< of the one remark; "" for none
  };
  const std::vector<Case> table{
      {"{", "not JSON", ""},
      {"[]", "can not be converted to a Structure", ""},
      {"{}", "Family contains invalid characters.", ""},
      {with({{"networkMode", "nat"}}).dump(), "Invalid networkMode 'nat'", ""},
      {with({}, {{"memory", "32"}}).dump(), "can not be converted to an Integer",
       "containerDefinitions[0].memory"},
      {with({{"networkMode", "awsvpc"}, {"networkConfiguration", {{"x", 1}}}}).dump(),
       "awsvpcConfiguration: is required", "networkConfiguration.awsvpcConfiguration"}};
  for (const Case& one : table) {
    const Review review = standing::review(one.text, roomy_node(Sender::File));
    EXPECT_THAT(review.refusal, HasSubstr(one.refusal));
    if (*one.path == '\0') {
      EXPECT_THAT(review.remarks, IsEmpty()) << one.text;
    } else {
      EXPECT_EQ(remark_of(review, one.path).fate, Fate::Refused);
    }
  }
}

}  // namespace
}  // namespace berth::standing
