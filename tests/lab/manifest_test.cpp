// manifest_test.cpp - the lab's list of an agent's tasks, and what it lets the agent stop.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "tests/fakes/own_netns.hpp"
#include "tests/lab/fake_agent.hpp"
#include "tests/lab/lab_under_test.hpp"

namespace berth::lab {
namespace {

using namespace berth::testing;
using protocol::TaskIdentifier;
using protocol::TaskManifestMessage;
using protocol::TaskStopVerificationAck;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const auto* const manifest_netns = OwnNetns::for_this_program();

const std::string kCluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/default";
const std::string kStranger = "arn:aws:ecs:eu-west-1:123456789012:task/default/77";

class ManifestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    under_test.start();
    agent = std::make_unique<FakeAgent>(*under_test.loop, under_test.port, under_test.keys);
    agent->join();
    ASSERT_EQ(agent->connect(), "");
  }
  /// A task that runs, told and listed.
  std::string running_task() {
    const std::string task = under_test.run_one();
    await_listing(identifier(task, "RUNNING"));
    EXPECT_EQ(agent->report(task, "RUNNING", "RUNNING").status, 200);
    return task;
  }
  /// Reads on until a manifest lists the task so.
  void await_listing(const TaskIdentifier& task) {
    for (int nth = 0; nth < 10; ++nth) {
      const auto listed = agent->next_manifest().tasks;
      if (std::find(listed.begin(), listed.end(), task) != listed.end()) return;
    }
    FAIL() << task.task_arn << " is not listed as " << task.desired_status;
  }
  /// A connection of the same instance to a lab that was started again.
  void connect_again(const std::string& arn) {
    agent = std::make_unique<FakeAgent>(*under_test.loop, under_test.port, under_test.keys);
    agent->arn = arn;
    ASSERT_EQ(agent->connect(), "");
  }
  /// What the agent may stop of `asked`.
  std::vector<TaskIdentifier> permitted(const std::vector<std::string>& asked) {
    protocol::TaskStopVerificationMessage question;
    question.message_id = "m-9";
    for (const std::string& task : asked) {
      question.stop_candidates.push_back({task, kCluster, "STOPPED"});
    }
    agent->send(protocol::frame_text(question));
    const auto answer =
        protocol::decode<TaskStopVerificationAck>(agent->next<TaskStopVerificationAck>());
    EXPECT_TRUE(answer) << answer.error();
    if (!answer) return {};
    EXPECT_EQ(answer->message_id, "m-9");
    return answer->stop_tasks;
  }
  static TaskIdentifier identifier(const std::string& task, const std::string& status) {
    return {task, kCluster, status};
  }

  LabUnderTest under_test;
  std::unique_ptr<FakeAgent> agent;
};

TEST_F(ManifestTest, ListsTheTasksAfterEachChange) {
  const TaskManifestMessage first = agent->next_manifest();
  const std::string task = under_test.run_one();
  const TaskManifestMessage second = agent->next_manifest();
  agent->report(task, "RUNNING", "RUNNING");
  under_test.ask("StopTask", {{"task", task}});
  const TaskManifestMessage third = agent->next_manifest();
  agent->report(task, "STOPPED", "STOPPED", 0);
  const TaskManifestMessage fourth = agent->next_manifest();

  EXPECT_EQ(first.cluster_arn, kCluster);
  EXPECT_EQ(first.container_instance_arn, agent->arn);
  EXPECT_THAT(first.tasks, IsEmpty());
  EXPECT_THAT(second.tasks, ElementsAre(identifier(task, "RUNNING")));
  EXPECT_THAT(third.tasks, ElementsAre(identifier(task, "STOPPED")));
  EXPECT_THAT(fourth.tasks, IsEmpty());
  EXPECT_GT(first.timeline, 0);
  EXPECT_GT(second.timeline, first.timeline);
  EXPECT_GT(third.timeline, second.timeline);
  EXPECT_GT(fourth.timeline, third.timeline);
}

TEST_F(ManifestTest, ComesAfterThePayloadItSumsUp) {
  agent->next_manifest();
  under_test.run_one();

  const auto payload = agent->next_payload();
  const TaskManifestMessage manifest = agent->next_manifest();

  EXPECT_GT(manifest.timeline, payload.message.seq_num);
}

TEST_F(ManifestTest, ComesAgainWithEachConnection) {
  const std::string task = running_task();

  ASSERT_EQ(agent->connect(), "");

  EXPECT_THAT(agent->next_manifest().tasks, ElementsAre(identifier(task, "RUNNING")));
}

TEST_F(ManifestTest, IsRepeatedWithAHigherTimelineUntilAcknowledged) {
  const std::string arn = agent->arn;
  agent.reset();
  under_test.settings.resend = std::chrono::seconds(0);
  under_test.restart();
  connect_again(arn);

  const Json first = agent->next<TaskManifestMessage>();
  const Json second = agent->next<TaskManifestMessage>();

  EXPECT_GT(second["timeline"].get<std::int64_t>(), first["timeline"].get<std::int64_t>());
}

TEST_F(ManifestTest, GrowsOnWhenTheLabIsPutBackFromABackup) {
  const std::string arn = agent->arn;
  agent.reset();
  under_test.stop();
  const std::string backup = under_test.folder + ".backup";
  std::filesystem::copy(under_test.folder, backup);
  under_test.restart();
  connect_again(arn);
  running_task();
  const std::int64_t heard = under_test.lab->instances().at(arn).seq_num;
  agent.reset();

  under_test.stop();
  std::filesystem::remove_all(under_test.folder);
  std::filesystem::rename(backup, under_test.folder);
  under_test.restart();
  connect_again(arn);

  const TaskManifestMessage manifest = agent->next_manifest();
  EXPECT_GT(manifest.timeline, heard);
  EXPECT_THAT(manifest.tasks, IsEmpty());
}

TEST_F(ManifestTest, PermitsToStopWhatNobodyWants) {
  const std::string wanted = running_task();
  const std::string to_stop = running_task();
  under_test.ask("StopTask", {{"task", to_stop}});
  await_listing(identifier(to_stop, "STOPPED"));
  const std::string over = running_task();
  agent->report(over, "STOPPED", "STOPPED", 0);
  agent->next_manifest();

  EXPECT_THAT(permitted({wanted, to_stop, over, kStranger}),
              ElementsAre(identifier(to_stop, "STOPPED"), identifier(over, "STOPPED"),
                          identifier(kStranger, "STOPPED")));
}

TEST_F(ManifestTest, PermitsNothingWhenAllIsWanted) {
  const std::string wanted = running_task();

  EXPECT_THAT(permitted({wanted}), IsEmpty());
}

TEST_F(ManifestTest, KnowsWhichInstanceATaskIsFor) {
  const std::string task = running_task();
  FakeAgent other(*under_test.loop, under_test.port, under_test.keys);
  other.join();
  ASSERT_EQ(other.connect(), "");
  std::swap(agent->tasks, other.tasks);

  EXPECT_THAT(permitted({task}), ElementsAre(identifier(task, "STOPPED")));
}

TEST_F(ManifestTest, LeavesOutTheTasksThatADeregistrationLeftBehind) {
  const std::string task = running_task();
  under_test.ask("DeregisterContainerInstance",
                 {{"containerInstance", agent->arn}, {"force", true}});
  Json again = FakeAgent::registration();
  again["containerInstanceArn"] = agent->arn;

  const Json instance = agent->join(again);
  ASSERT_EQ(agent->connect(), "");

  EXPECT_EQ(instance["status"], "ACTIVE");
  EXPECT_THAT(agent->next_manifest().tasks, IsEmpty());
  EXPECT_THAT(permitted({task}), ElementsAre(identifier(task, "STOPPED")));
}

TEST_F(ManifestTest, OfADrainingInstanceKeepsItsTasks) {
  const std::string task = running_task();

  under_test.ask("UpdateContainerInstancesState",
                 {{"containerInstances", {agent->arn}}, {"status", "DRAINING"}});
  ASSERT_EQ(agent->connect(), "");

  EXPECT_THAT(agent->next_manifest().tasks, ElementsAre(identifier(task, "RUNNING")));
  EXPECT_EQ(under_test.described(task)["lastStatus"], "RUNNING");
}

}  // namespace
}  // namespace berth::lab
