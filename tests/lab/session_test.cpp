// session_test.cpp - the conversation of the lab with an agent, over real sockets.
#include <gtest/gtest.h>

#include "tests/fakes/own_netns.hpp"
#include "tests/lab/fake_agent.hpp"
#include "tests/lab/lab_under_test.hpp"

namespace berth::lab {
namespace {

using namespace berth::testing;
using protocol::AttachTaskNetworkInterfacesMessage;
using protocol::HeartbeatMessage;
using std::chrono::milliseconds;

const auto* const session_netns = OwnNetns::for_this_program();

class SessionTest : public ::testing::Test {
 protected:
  void begin() {
    under_test.start();
    agent = std::make_unique<FakeAgent>(*under_test.loop, under_test.port, under_test.keys);
    agent->join();
    ASSERT_EQ(agent->connect(), "");
  }
  /// A task that runs, told and acknowledged.
  std::string running_task() {
    const std::string task = under_test.run_one();
    agent->ack(agent->next_payload().message.message_id);
    EXPECT_EQ(agent->report(task, "RUNNING", "RUNNING").status, 200);
    return task;
  }
  /// How a connection ends, whatever was still said on it.
  Errc end_of(http::WebSocket& socket) {
    const Deadline by = Deadline::after(std::chrono::seconds(5));
    for (;;) {
      auto frame = under_test.loop->run(socket.read(by));
      if (!frame) return frame.error().code;
    }
  }
  Json instance() {
    return under_test.ask("DescribeContainerInstances",
                          {{"containerInstances", {agent->arn}}})["containerInstances"][0];
  }

  LabUnderTest under_test;
  std::unique_ptr<FakeAgent> agent;
};

TEST_F(SessionTest, BringsATaskFromRunToStop) {
  begin();
  const std::string task = under_test.run_one();
  EXPECT_EQ(under_test.described(task)["lastStatus"], "PENDING");

  const auto payload = agent->next_payload();
  ASSERT_EQ(payload.message.tasks.size(), 1u);
  EXPECT_EQ(payload.message.tasks[0].arn, task);
  EXPECT_EQ(payload.message.tasks[0].desired_status, "RUNNING");
  EXPECT_GT(payload.message.seq_num, 0);
  agent->ack(payload.message.message_id);
  agent->report(task, "RUNNING", "RUNNING");
  const Json running = under_test.described(task);
  EXPECT_EQ(running["lastStatus"], "RUNNING");
  EXPECT_EQ(running["connectivity"], "CONNECTED");
  EXPECT_EQ(running["containers"][0]["runtimeId"], "rt-1");
  EXPECT_EQ(instance()["runningTasksCount"], 1);

  under_test.ask("StopTask", {{"task", task}, {"reason", "enough"}});
  const auto stop = agent->next_payload();
  EXPECT_EQ(stop.message.tasks.at(0).desired_status, "STOPPED");
  EXPECT_GT(stop.message.seq_num, payload.message.seq_num);
  agent->report(task, "STOPPED", "STOPPED", 143);

  const Json stopped = under_test.described(task);
  EXPECT_EQ(stopped["lastStatus"], "STOPPED");
  EXPECT_EQ(stopped["stopCode"], "UserInitiated");
  EXPECT_EQ(stopped["stoppedReason"], "enough");
  EXPECT_EQ(stopped["containers"][0]["exitCode"], 143);
  for (const char* time : {"createdAt", "startedAt", "stoppingAt", "stoppedAt"}) {
    EXPECT_TRUE(stopped.contains(time)) << time;
  }
  EXPECT_EQ(instance()["runningTasksCount"], 0);
}

TEST_F(SessionTest, AnnouncesAnInterfaceBeforeItsTask) {
  begin();
  const std::string task = under_test.run_one({{"networkMode", "awsvpc"}});
  EXPECT_EQ(under_test.described(task)["lastStatus"], "PROVISIONING");

  const auto attach = protocol::decode<AttachTaskNetworkInterfacesMessage>(
      agent->next<AttachTaskNetworkInterfacesMessage>());
  ASSERT_TRUE(attach) << attach.error();
  EXPECT_EQ(attach->task_arn, task);
  EXPECT_GT(attach->wait_timeout_ms, 290'000);
  agent->ack(attach->message_id);
  EXPECT_EQ(agent->report_attached(task, attach->enis.at(0).attachment_arn).status, 200);
  const auto payload = agent->next_payload();
  EXPECT_EQ(payload.message.tasks.at(0).enis, attach->enis);
  agent->ack(payload.message.message_id);
  agent->report(task, "RUNNING", "RUNNING");

  const Json shown = under_test.described(task);
  const std::string address = attach->enis.at(0).ipv4.at(0).address;
  EXPECT_EQ(shown["attachments"][0]["type"], "ElasticNetworkInterface");
  EXPECT_EQ(shown["attachments"][0]["status"], "ATTACHED");
  std::map<std::string, std::string> details;
  for (const auto& one : shown["attachments"][0]["details"]) details[one["name"]] = one["value"];
  EXPECT_EQ(details["privateIPv4Address"], address);
  EXPECT_EQ(details["macAddress"], attach->enis.at(0).mac);
  EXPECT_EQ(details["networkInterfaceId"], attach->enis.at(0).ec2_id);
  EXPECT_EQ(details["subnetId"], "subnet-lab");
  const std::string ipv6 = attach->enis.at(0).ipv6.at(0).address;
  EXPECT_EQ(details["ipv6Address"], ipv6);
  EXPECT_EQ(details["privateDnsName"], attach->enis.at(0).private_dns_name);
  EXPECT_EQ(shown["containers"][0]["networkInterfaces"][0],
            (Json{{"attachmentId", shown["attachments"][0]["id"]},
                  {"privateIpv4Address", address},
                  {"ipv6Address", ipv6}}));

  agent->report(task, "STOPPED", "STOPPED", 0);
  EXPECT_EQ(under_test.await_status(task, "STOPPED")["attachments"][0]["status"], "DELETED");
}

TEST_F(SessionTest, FailsATaskWhoseInterfaceNeverComes) {
  under_test.settings.attach_wait = milliseconds(50);
  begin();
  const std::string task = under_test.run_one({{"networkMode", "awsvpc"}});
  agent->ack(agent->next<AttachTaskNetworkInterfacesMessage>()["messageId"]);

  const Json stopped = under_test.await_status(task, "STOPPED");

  EXPECT_EQ(stopped["stopCode"], "TaskFailedToStart");
  EXPECT_EQ(stopped["stoppedReason"],
            "Timeout waiting for network interface provisioning to complete.");
}

TEST_F(SessionTest, RepeatsWhatIsNotAcknowledged) {
  under_test.settings.resend = std::chrono::seconds(0);
  begin();
  under_test.run_one();

  const auto first = agent->next_payload();
  const auto second = agent->next_payload();

  EXPECT_GT(second.message.seq_num, first.message.seq_num);
  EXPECT_EQ(second.message.tasks.at(0).arn, first.message.tasks.at(0).arn);
}

TEST_F(SessionTest, DeliversAStopWhenTheAgentComesBack) {
  begin();
  const std::string task = running_task();
  agent->tasks.reset();

  under_test.ask("StopTask", {{"task", task}});
  EXPECT_EQ(under_test.described(task)["lastStatus"], "RUNNING");
  EXPECT_EQ(under_test.described(task)["desiredStatus"], "STOPPED");
  ASSERT_EQ(agent->connect(), "");

  EXPECT_EQ(agent->next_payload().message.tasks.at(0).desired_status, "STOPPED");
}

TEST_F(SessionTest, PlacesNothingWhileTheAgentIsAway) {
  begin();
  running_task();
  const http::Closed goodbye{1000, ""};
  const Deadline by = Deadline::after(std::chrono::seconds(5));
  ASSERT_TRUE(under_test.loop->run(agent->tasks->close(goodbye, by)));

  const Json refused = under_test.ask("RunTask", {{"taskDefinition", "web"}});

  EXPECT_TRUE(refused["tasks"].empty());
  EXPECT_EQ(refused["failures"][0]["reason"], "AGENT");
  EXPECT_EQ(refused["failures"][0]["arn"], agent->arn);
  EXPECT_EQ(instance()["agentConnected"], false);
}

TEST_F(SessionTest, TellsEverythingAgainAfterARestartOfTheLab) {
  begin();
  const std::string task = running_task();
  const std::int64_t before = under_test.lab->instances().at(agent->arn).seq_num;
  const std::string arn = agent->arn;
  agent.reset();

  under_test.restart();
  agent = std::make_unique<FakeAgent>(*under_test.loop, under_test.port, under_test.keys);
  agent->arn = arn;
  ASSERT_EQ(agent->connect(), "");

  const auto payload = agent->next_payload();
  EXPECT_EQ(payload.message.tasks.at(0).arn, task);
  EXPECT_GT(payload.message.seq_num, before);
  EXPECT_EQ(under_test.described(task)["lastStatus"], "RUNNING");
}

TEST_F(SessionTest, SendsSeveralTasksInOnePayload) {
  begin();

  under_test.run_one(Json::object(), {{"count", 3}});

  EXPECT_EQ(agent->next_payload().message.tasks.size(), 3u);
}

TEST_F(SessionTest, TakesHealthFromTelemetry) {
  begin();
  Json definition;
  definition["containerDefinitions"] = Json::parse(R"([{"name": "app", "image": "busybox:1",
    "memory": 32, "healthCheck": {"command": ["CMD-SHELL", "true"]}}])");
  const std::string task = under_test.run_one(definition);
  ASSERT_EQ(agent->connect_telemetry(), "");

  const auto answer = agent->publish_health(task, "HEALTHY", under_test.keys);

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(Json::parse(*answer)["type"], "AckPublishHealth");
  EXPECT_EQ(under_test.described(task)["healthStatus"], "HEALTHY");
  EXPECT_EQ(under_test.described(task)["containers"][0]["healthStatus"], "HEALTHY");
}

TEST_F(SessionTest, EndsATelemetrySessionWithABadSignature) {
  begin();
  const std::string task = running_task();
  ASSERT_EQ(agent->connect_telemetry(), "");

  const auto answer = agent->publish_health(task, "HEALTHY", {"AKIATEST", "wrong"});

  EXPECT_TRUE(answer.failed_with(Errc::Unavailable)) << *answer;
  EXPECT_EQ(under_test.described(task)["healthStatus"], "UNKNOWN");
}

TEST_F(SessionTest, RefusesAnUpgradeWithABadSignature) {
  begin();
  FakeAgent stranger(*under_test.loop, under_test.port, {"AKIATEST", "wrong"});
  stranger.arn = agent->arn;

  EXPECT_NE(stranger.connect().find("InvalidSignatureException"), std::string::npos);
}

TEST_F(SessionTest, EndsWithTheInstance) {
  begin();
  const std::string task = running_task();
  EXPECT_EQ(under_test.call("DeregisterContainerInstance", {{"containerInstance", agent->arn}})
                .body["message"],
            "Found running tasks on the instance.");

  under_test.ask("DeregisterContainerInstance",
                 {{"containerInstance", agent->arn}, {"force", true}});

  EXPECT_EQ(end_of(*agent->tasks), Errc::Unavailable);
  EXPECT_EQ(Json::parse(agent->connect()).begin().key(), "InactiveInstanceException");
  EXPECT_EQ(under_test.described(task)["lastStatus"], "STOPPED");
  EXPECT_EQ(instance()["status"], "INACTIVE");
  EXPECT_EQ(instance()["agentConnected"], false);
}

TEST_F(SessionTest, KeepsOnlyTheNewestConnection) {
  begin();
  auto old = std::move(agent->tasks);

  ASSERT_EQ(agent->connect(), "");

  EXPECT_EQ(end_of(*old), Errc::Unavailable);
  EXPECT_EQ(instance()["agentConnected"], true);
  const std::string task = under_test.run_one();
  EXPECT_EQ(agent->next_payload().message.tasks.at(0).arn, task);
}

TEST_F(SessionTest, HangsUpOnAnAgentThatAnswersNoHeartbeat) {
  under_test.settings.heartbeat = std::chrono::seconds(0);
  begin();

  int heartbeats = 0;
  for (;;) {
    auto frame = under_test.loop->run(agent->tasks->read(Deadline::after(std::chrono::seconds(5))));
    if (!frame) {
      EXPECT_TRUE(frame.failed_with(Errc::Unavailable)) << frame.error();
      break;
    }
    if (protocol::decode_frame(*frame)->type == HeartbeatMessage::kType) ++heartbeats;
  }
  EXPECT_EQ(heartbeats, 2);
}

}  // namespace
}  // namespace berth::lab
