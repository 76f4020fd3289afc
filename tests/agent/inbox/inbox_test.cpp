// inbox_test.cpp - messages written down, then acknowledged; by recorded frames and spoiled ones.
#include "agent/inbox/inbox.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <optional>

#include "controlplane/protocol/attach_interfaces.hpp"
#include "tests/agent/inbox/inbox_under_test.hpp"

namespace berth::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

/// The recorder kept the payload's keys as it renewed them later, the agent's answers as they were.
std::vector<Json> without_expiration(std::vector<Json> answers) {
  for (Json& answer : answers) answer["message"].erase("expiration");
  return answers;
}

protocol::Envelope attach_message() {
  const Json eni{{"attachmentArn", "arn:attachment/1"},
                 {"ec2Id", "eni-1"},
                 {"macAddress", "02:00:00:00:00:01"},
                 {"subnetGatewayIpv4Address", "10.213.1.1/24"},
                 {"ipv4Addresses", {{{"primary", true}, {"privateAddress", "10.213.1.7"}}}}};
  return {std::string(protocol::AttachTaskNetworkInterfacesMessage::kType),
          {{"messageId", "m-1"},
           {"clusterArn", "arn:cluster"},
           {"containerInstanceArn", "arn:instance"},
           {"taskArn", "arn:aws:ecs:us-west-2:123456789012:task/lab/9f"},
           {"waitTimeoutMs", 300'000},
           {"elasticNetworkInterfaces", {eni}}}};
}

class InboxTest : public InboxUnderTest {};

TEST_F(InboxTest, AnswersEveryRecordedMessageAsTheEcsAgentDoes) {
  int messages = 0;
  for (const auto& file : std::filesystem::directory_iterator(kTraces)) {
    if (file.path().extension() != ".json") continue;
    const Recorded recorded = recorded_in(file.path());
    if (recorded.sent.empty()) continue;
    Needs same = needs();
    same.cluster = "mockcluster";
    for (const Json& answer : recorded.answers) {
      const Json& message = answer["message"];
      if (message.contains("containerInstance")) {
        same.instance_arn = message["containerInstance"];
      }
    }
    Inbox other(same);
    frames.clear();

    for (const protocol::Envelope& sent : recorded.sent) {
      const auto received = loop.run(other.receive(sent));
      EXPECT_TRUE(received) << received.error();
      ++messages;
    }

    EXPECT_THAT(without_expiration(frames),
                UnorderedElementsAreArray(without_expiration(recorded.answers)))
        << file.path();
  }
  EXPECT_GT(messages, 10);
}

TEST_F(InboxTest, AcknowledgesAPayloadOnlyOnceItIsWrittenDown) {
  const protocol::Envelope envelope = payload();
  journal.commits.shut();
  loop.nursery.start("receive", inbox.receive(envelope));
  go_on();
  EXPECT_THAT(frames, IsEmpty());
  EXPECT_THAT(journal.written, IsEmpty());

  journal.commits.open();
  go_on();

  EXPECT_TRUE(journal.written.contains(arn_in(envelope)));
  EXPECT_THAT(frames, ElementsAre(ack(envelope.message["messageId"])));
}

TEST_F(InboxTest, LeavesAPayloadThatCouldNotBeWrittenToTheNextDelivery) {
  const protocol::Envelope envelope = payload();
  journal.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});

  const auto first = receive(envelope);
  const bool knew = engine.knows(arn_in(envelope));
  const std::size_t sent = frames.size();
  const auto second = receive(envelope);

  EXPECT_TRUE(first) << first.error();
  EXPECT_FALSE(knew);
  EXPECT_EQ(sent, 0U);
  EXPECT_TRUE(second) << second.error();
  EXPECT_TRUE(engine.knows(arn_in(envelope)));
  EXPECT_THAT(frames, ElementsAre(ack(envelope.message["messageId"])));
}

TEST_F(InboxTest, AcknowledgesARepeatedPayloadAndChangesNothing) {
  const protocol::Envelope envelope = payload();
  ASSERT_TRUE(receive(envelope));
  go_on();
  const auto before = engine.records();

  ASSERT_TRUE(receive(envelope));

  EXPECT_EQ(engine.records(), before);
  EXPECT_EQ(frames.size(), 2U);
}

TEST_F(InboxTest, RunsTheGoodTasksOfAPayloadBesideBadOnes) {
  protocol::Envelope envelope = payload();
  Json& tasks = envelope.message["tasks"];
  Json refused = tasks[0];
  refused["arn"] = arn_in(envelope) + "-refused";
  refused["containers"][0]["image"] = "No Image";
  Json undecoded = tasks[0];
  undecoded["arn"] = arn_in(envelope) + "-undecoded";
  undecoded["containers"] = "none";
  tasks.insert(tasks.begin(), {refused, undecoded});

  ASSERT_TRUE(receive(envelope));

  for (const char* tail : {"-refused", "-undecoded"}) {
    const std::string arn = arn_in(payload()) + tail;
    ASSERT_TRUE(journal.written.contains(arn)) << tail;
    const model::Record& record = journal.written.at(arn);
    EXPECT_EQ(record.goal, model::Goal::Stopped);
    ASSERT_TRUE(record.fault);
    EXPECT_EQ(record.fault->kind, model::FaultKind::Refused);
  }
  EXPECT_THAT(journal.written.at(arn_in(payload()) + "-refused").fault->message,
              HasSubstr("No Image"));
  EXPECT_EQ(journal.written.at(arn_in(payload())).goal, model::Goal::Running);
}

TEST_F(InboxTest, RefusesATaskThatTheNodeObjectsTo) {
  objection = "elasticNetworkInterfaces[0]: address 192.0.2.7 is that of task 1";

  ASSERT_TRUE(receive(payload()));

  const model::Record& refused = journal.written.at(arn_in(payload()));
  EXPECT_EQ(refused.goal, model::Goal::Stopped);
  ASSERT_TRUE(refused.fault);
  EXPECT_EQ(refused.fault->message, objection);
  EXPECT_EQ(frames.size(), 1u) << "it is acknowledged all the same";
}

TEST_F(InboxTest, WritesAStopDownBeforeItAcknowledges) {
  protocol::Envelope envelope = payload();
  ASSERT_TRUE(receive(envelope));
  envelope.message["tasks"][0]["desiredStatus"] = "STOPPED";
  envelope.message["messageId"] = "stop";
  journal.commits.shut();
  loop.nursery.start("receive", inbox.receive(envelope));
  go_on();
  const std::size_t sent = frames.size();

  journal.commits.open();
  go_on();

  EXPECT_EQ(sent, 1U);
  EXPECT_EQ(frames.back(), ack("stop"));
  EXPECT_EQ(journal.written.at(arn_in(envelope)).goal, model::Goal::Stopped);
}

TEST_F(InboxTest, ReportsATaskItNeverHadStoppedWhenThatIsAskedFor) {
  protocol::Envelope envelope = payload();
  Json& task = envelope.message["tasks"][0];
  task["desiredStatus"] = "STOPPED";
  task["containers"][0]["image"] = "No Image";  // which need not be able to run

  ASSERT_TRUE(receive(envelope));
  go_on();

  const model::Record& record = journal.written.at(arn_in(envelope));
  EXPECT_EQ(record.goal, model::Goal::Stopped);
  EXPECT_EQ(record.known, model::TaskStatus::Stopped);
  EXPECT_THAT(frames, ElementsAre(ack(envelope.message["messageId"])));
  ASSERT_EQ(journal.queue.size(), 1U);
  const Json report = Json::parse(journal.queue[0].report.body);
  EXPECT_TRUE(journal.queue[0].report.final);
  EXPECT_EQ(report["task"], arn_in(envelope));
  EXPECT_EQ(report["status"], "STOPPED");
  EXPECT_EQ(report["reason"], "");
  EXPECT_EQ(report["containers"][0]["status"], "STOPPED");
}

TEST_F(InboxTest, AnnouncesAnInterfaceBeforeItAcknowledges) {
  ASSERT_TRUE(receive(attach_message()));

  ASSERT_EQ(announced.size(), 1U);
  EXPECT_EQ(announced[0].arn, "arn:attachment/1");
  EXPECT_EQ(announced[0].expires_at, clock.wall() + std::chrono::minutes(5));
  EXPECT_THAT(frames, ElementsAre(ack("m-1")));
}

TEST_F(InboxTest, AnnouncesAnInterfaceOfTheInstance) {
  protocol::Envelope envelope = attach_message();
  envelope.type = protocol::AttachInstanceNetworkInterfacesMessage::kType;
  envelope.message.erase("taskArn");

  ASSERT_TRUE(receive(envelope));

  ASSERT_EQ(announced.size(), 1U);
  EXPECT_EQ(announced[0].task_arn, "");
  EXPECT_EQ(announced[0].device, "02:00:00:00:00:01");
  EXPECT_THAT(frames, ElementsAre(ack("m-1")));
}

TEST_F(InboxTest, DoesNotAcknowledgeAnInterfaceItCouldNotWriteDown) {
  refused_announcement = Error{Errc::Exhausted, 0, "disk full"};

  const auto received = receive(attach_message());

  EXPECT_TRUE(received.failed_with(Errc::Exhausted));
  EXPECT_THAT(frames, IsEmpty());
}

TEST_F(InboxTest, AnswersNoAnnouncementWithABadAddress) {
  protocol::Envelope envelope = attach_message();
  envelope.message["elasticNetworkInterfaces"][0]["macAddress"] = "02:00";

  ASSERT_TRUE(receive(envelope));

  EXPECT_THAT(announced, IsEmpty());
  EXPECT_THAT(frames, IsEmpty());
}

TEST_F(InboxTest, AnswersNothingItCannotRead) {
  for (const char* type :
       {"PayloadMessage", "HeartbeatMessage", "IAMRoleCredentialsMessage",
        "AttachTaskNetworkInterfacesMessage", "AttachInstanceNetworkInterfacesMessage",
        "TaskManifestMessage", "TaskStopVerificationAck", "NewsMessage"}) {
    const protocol::Envelope envelope{type, {{"messageId", 7}}};

    const auto received = receive(envelope);

    EXPECT_TRUE(received) << type << ": " << received.error();
  }
  EXPECT_THAT(frames, IsEmpty());
}

}  // namespace
}  // namespace berth::inbox
