// client_test.cpp - the program berth-lab, driven by the stock command line `aws` and by curl.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <fstream>

#include "base/spawner.hpp"
#include "base/unique_fd.hpp"
#include "lab/access.hpp"
#include "tests/fakes/own_netns.hpp"
#include "tests/lab/fake_agent.hpp"

extern char** environ;

namespace berth::lab {
namespace {

using namespace berth::testing;

const auto* const own_netns = OwnNetns::for_this_program();

Async<std::string> read_line(UniqueFd fd) {
  asio::posix::stream_descriptor stream(co_await asio::this_coro::executor, fd.release());
  std::string text;
  auto read = co_await asio::async_read_until(stream, asio::dynamic_buffer(text), '\n', use_result);
  if (std::get<0>(read)) co_return asio_error(std::get<0>(read), "read from berth-lab");
  co_return text;
}

/// berth-lab as a child, which ends with us however we end; ready when its line has come.
class Program {
 public:
  Program(Loop& loop, const std::string& folder) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, writing.get(), 1);
    std::vector<std::string> words = {
        "/usr/bin/setpriv", "--pdeathsig", "KILL",     std::string(BERTH_BIN_DIR) + "/berth-lab",
        "--data",           folder,        "--listen", "127.0.0.1:0",
        "--region",         "eu-west-1"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    writing.reset();
    const auto line = loop.run(read_line(std::move(reading)));
    EXPECT_TRUE(line) << line.error();
    const std::string_view before = "http://127.0.0.1:";
    if (!line || line->find(before) == std::string::npos) return;
    port = static_cast<std::uint16_t>(std::stoi(line->substr(line->find(before) + before.size())));
  }
  ~Program() { (void)stop(SIGKILL); }

  /// The exit code, or minus the signal.
  int stop(int signal) {
    if (pid_ <= 0) return 0;
    ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::uint16_t port = 0;

 private:
  pid_t pid_ = -1;
};

struct Output {
  int code = -1;
  std::string text;
  std::string error;
};

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    std::string pattern = ::testing::TempDir() + "berth-client-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    program = std::make_unique<Program>(loop, folder);
  }
  ~ClientTest() override {
    loop.stop();
    program.reset();
    std::filesystem::remove_all(folder);
  }

  Output run(std::vector<std::string> argv) {
    Command command;
    command.argv = std::move(argv);
    command.environment = {"PATH=/usr/bin:/bin", "HOME=" + folder,
                           "AWS_PAGER=", "AWS_SHARED_CREDENTIALS_FILE=" + folder + "/credentials",
                           "AWS_CONFIG_FILE=" + folder + "/config"};
    Output output;
    SystemSpawner spawner;
    auto take = [&output](std::string line) { output.text += line + "\n"; };
    auto exited =
        loop.run(spawner.run(std::move(command), take, Deadline::after(std::chrono::seconds(60))));
    EXPECT_TRUE(exited) << exited.error();
    if (exited) {
      output.code = exited->code;
      output.error = exited->error_tail;
    }
    return output;
  }
  Output aws(const std::vector<std::string>& words, const char* service = "ecs") {
    std::vector<std::string> argv = {"/usr/bin/aws", service};
    argv.insert(argv.end(), words.begin(), words.end());
    argv.insert(argv.end(), {"--endpoint-url", url()});
    return run(std::move(argv));
  }
  /// The answer of an `aws` that must succeed.
  Json ask(const std::vector<std::string>& words, const char* service = "ecs") {
    const Output output = aws(words, service);
    EXPECT_EQ(output.code, 0) << words[0] << ": " << output.error;
    return output.code != 0 || output.text.empty() ? Json::object() : Json::parse(output.text);
  }
  Json ask_ec2(const std::vector<std::string>& words) { return ask(words, "ec2"); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(program->port); }
  berth::aws::Keys keys() const {
    const auto there = Dir::open(folder);
    return *load_or_make_keys(*there, "eu-west-1");
  }
  /// An instance that does what it is told.
  void join() {
    agent = std::make_unique<FakeAgent>(loop, program->port, keys());
    agent->join();
    ASSERT_EQ(agent->connect(), "");
    loop.nursery.start("agent", agent->behave());
  }

  Loop loop;
  std::string folder;
  std::unique_ptr<Program> program;
  std::unique_ptr<FakeAgent> agent;
};

TEST_F(ClientTest, RunsWaitsForAndStopsATask) {
  join();
  const std::string file =
      std::string("file://") + BERTH_TEST_DATA + "/task-definitions/web-app.json";
  const Json defined = ask({"register-task-definition", "--cli-input-json", file});
  EXPECT_EQ(defined["taskDefinition"]["revision"], 1);

  const Json ran = ask({"run-task", "--task-definition", "web-app", "--launch-type", "FARGATE",
                        "--started-by", "test", "--network-configuration",
                        "awsvpcConfiguration={subnets=[subnet-lab],securityGroups=[sg-lab]}"});
  ASSERT_EQ(ran["tasks"].size(), 1u) << ran.dump();
  const std::string task = ran["tasks"][0]["taskArn"];
  EXPECT_EQ(aws({"wait", "tasks-running", "--tasks", task}).code, 0);
  const Json running = ask({"describe-tasks", "--tasks", task})["tasks"][0];
  EXPECT_EQ(running["lastStatus"], "RUNNING");
  EXPECT_EQ(running["launchType"], "FARGATE");
  EXPECT_EQ(running["attachments"][0]["status"], "ATTACHED");

  ask({"stop-task", "--task", task, "--reason", "done with it"});
  EXPECT_EQ(aws({"wait", "tasks-stopped", "--tasks", task}).code, 0);
  const Json stopped = ask({"describe-tasks", "--tasks", task})["tasks"][0];
  EXPECT_EQ(stopped["stoppedReason"], "done with it");
  EXPECT_EQ(stopped["stopCode"], "UserInitiated");
  EXPECT_EQ(stopped["containers"][0]["exitCode"], 143);
}

TEST_F(ClientTest, GivesATaskASubnetAndASecurityGroup) {
  join();
  const std::string subnet =
      ask_ec2({"create-subnet", "--vpc-id", "vpc-lab", "--cidr-block", "10.9.0.0/20",
               "--ipv6-cidr-block", "fd01::/60", "--tag-specifications",
               "ResourceType=subnet,Tags=[{Key=Name,Value=second}]"})["Subnet"]["SubnetId"];
  const std::string group = ask_ec2({"create-security-group", "--group-name", "web",
                                     "--description", "lets the web in"})["GroupId"];
  ask_ec2({"authorize-security-group-ingress", "--group-id", group, "--protocol", "tcp", "--port",
           "80-90", "--cidr", "10.0.0.0/8"});
  ask_ec2({"authorize-security-group-ingress", "--group-id", group, "--protocol", "all",
           "--source-group", group});
  const Json shown =
      ask_ec2({"describe-security-groups", "--filters", "Name=group-name,Values=web"});
  EXPECT_EQ(shown["SecurityGroups"][0]["IpPermissions"][0]["ToPort"], 90) << shown.dump();
  EXPECT_EQ(shown["SecurityGroups"][0]["IpPermissions"][1]["UserIdGroupPairs"][0]["GroupId"],
            group);
  EXPECT_EQ(shown["SecurityGroups"][0]["IpPermissionsEgress"][0]["Ipv6Ranges"][0]["CidrIpv6"],
            "::/0");

  const std::string file =
      std::string("file://") + BERTH_TEST_DATA + "/task-definitions/web-app.json";
  ask({"register-task-definition", "--cli-input-json", file});
  const Json ran =
      ask({"run-task", "--task-definition", "web-app", "--network-configuration",
           "awsvpcConfiguration={subnets=[" + subnet + "],securityGroups=[" + group + "]}"});
  ASSERT_EQ(ran["tasks"].size(), 1u) << ran.dump();
  const Json interfaces =
      ask_ec2({"describe-network-interfaces", "--filters", "Name=group-id,Values=" + group});
  const Json& interface = interfaces["NetworkInterfaces"][0];
  EXPECT_EQ(interface["PrivateIpAddress"], "10.9.0.2") << interfaces.dump();
  EXPECT_EQ(interface["Ipv6Addresses"][0]["Ipv6Address"], "fd01::2");
  EXPECT_EQ(interface["SubnetId"], subnet);
  EXPECT_NE(aws({"delete-security-group", "--group-id", group}, "ec2")
                .error.find("(DependencyViolation) when calling the DeleteSecurityGroup operation"),
            std::string::npos);

  const std::string task = ran["tasks"][0]["taskArn"];
  ask({"stop-task", "--task", task});
  EXPECT_EQ(aws({"wait", "tasks-stopped", "--tasks", task}).code, 0);
  ask_ec2({"revoke-security-group-ingress", "--group-id", group, "--ip-permissions",
           "IpProtocol=tcp,FromPort=80,ToPort=90,IpRanges=[{CidrIp=10.0.0.0/8}]"});
  ask_ec2({"delete-security-group", "--group-id", group});
  ask_ec2({"delete-subnet", "--subnet-id", subnet});
  EXPECT_EQ(ask_ec2({"describe-subnets"})["Subnets"].size(), 1u);
}

TEST_F(ClientTest, ShowsTheServicesErrors) {
  const Output missing = aws({"describe-tasks", "--cluster", "none", "--tasks", "a"});
  EXPECT_NE(missing.error.find("(ClusterNotFoundException) when calling the DescribeTasks "
                               "operation: Cluster not found."),
            std::string::npos)
      << missing.error;
  const Output scope = aws({"list-clusters", "--region", "us-west-2"});
  EXPECT_NE(scope.error.find("(InvalidSignatureException)"), std::string::npos) << scope.error;
  const Output unknown = aws({"list-services"});
  EXPECT_NE(unknown.error.find("(UnknownOperationException)"), std::string::npos) << unknown.error;
}

TEST_F(ClientTest, KeepsMembersNewerThanTheClient) {
  const std::string body = R"({"family": "new", "enableFaultInjection": true,
    "containerDefinitions": [{"name": "app", "image": "busybox:1", "memory": 32,
      "versionConsistency": "disabled", "restartPolicy": {"enabled": true,
      "ignoredExitCodes": [0], "restartAttemptPeriod": 60}}]})";
  const auto secret = keys();
  auto curl = [&](const std::string& operation, const std::string& input) {
    const Output output =
        run({"/usr/bin/curl", "-sS", "--aws-sigv4", "aws:amz:eu-west-1:ecs", "--user",
             secret.access_key_id + ":" + secret.secret_access_key, "-H",
             "Content-Type: application/x-amz-json-1.1", "-H",
             "X-Amz-Target: AmazonEC2ContainerServiceV20141113." + operation, "-d", input, url()});
    EXPECT_EQ(output.code, 0) << output.error;
    return Json::parse(output.text);
  };

  curl("RegisterTaskDefinition", body);
  const Json shown = curl("DescribeTaskDefinition", R"({"taskDefinition": "new"})");

  const Json& definition = shown["taskDefinition"];
  EXPECT_EQ(definition["enableFaultInjection"], true) << shown.dump();
  const Json& container = definition["containerDefinitions"][0];
  EXPECT_EQ(container["versionConsistency"], "disabled");
  EXPECT_EQ(container["restartPolicy"]["restartAttemptPeriod"], 60);
}

TEST_F(ClientTest, EndsCleanlyAndGoesOnWhereItWas) {
  ask({"create-cluster", "--cluster-name", "kept"});
  join();
  EXPECT_EQ(program->stop(SIGTERM), 0);

  program = std::make_unique<Program>(loop, folder);

  EXPECT_EQ(ask({"describe-clusters", "--clusters", "kept"})["clusters"][0]["status"], "ACTIVE");
  EXPECT_EQ(program->stop(SIGKILL), -SIGKILL);
  program = std::make_unique<Program>(loop, folder);
  EXPECT_EQ(ask({"list-container-instances"})["containerInstanceArns"][0], agent->arn);
}

TEST_F(ClientTest, RefusesBadArgumentsAndASecondLab) {
  const std::string lab = std::string(BERTH_BIN_DIR) + "/berth-lab";

  const Output bad = run({lab, "--listen", "nowhere"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_NE(bad.error.find("--listen \"nowhere\""), std::string::npos) << bad.error;
  const Output second = run({lab, "--data", folder, "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.code, 1);
  EXPECT_NE(second.error.find("in use by another berth-lab"), std::string::npos) << second.error;
  EXPECT_EQ(run({lab, "--version"}).code, 0);
  EXPECT_NE(run({lab, "--help"}).text.find("--subnet CIDR"), std::string::npos);
}

}  // namespace
}  // namespace berth::lab
