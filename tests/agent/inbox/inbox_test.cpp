// inbox_test.cpp - messages written down, then acknowledged; by recorded frames and spoiled ones.
#include "agent/inbox/inbox.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <optional>

#include "agent/outbox/report.hpp"
#include "base/dir.hpp"
#include "base/json.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_hands.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_node_book.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::inbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

const std::string kTraces = BERTH_TEST_DATA "/ecs-agent-traces";

struct Recorded {
  std::vector<protocol::Envelope> sent;  ///< by the service, in order
  std::vector<Json> answers;             ///< of the ECS agent, as frames
};

Recorded recorded_in(const std::string& path) {
  Recorded recorded;
  const auto text = read_file(path);
  const auto trace = text ? parse_json(*text) : Result<Json>(text.error());
  EXPECT_TRUE(trace) << path << ": " << trace.error();
  if (!trace) return recorded;
  for (const Json& record : trace->at("records")) {
    const std::string kind = record.at("kind");
    if (kind == "acs.send") recorded.sent.push_back({record.at("name"), record.at("body")});
    if (kind == "acs.recv") {
      recorded.answers.push_back({{"type", record.at("name")}, {"message", record.at("body")}});
    }
  }
  return recorded;
}

/// The recorder kept the payload's keys as it renewed them later, the agent's answers as they were.
std::vector<Json> without_expiration(std::vector<Json> answers) {
  for (Json& answer : answers) answer["message"].erase("expiration");
  return answers;
}

/// The payload of one recorded task, which berth can run as it is but for its network mode.
protocol::Envelope payload() {
  protocol::Envelope envelope = recorded_in(kTraces + "/06-stop-stoptimeout.json").sent.at(0);
  Json& task = envelope.message["tasks"][0];
  task["networkMode"] = "none";
  task["containers"][0]["dockerConfig"]["hostConfig"] = R"({"NetworkMode": "none"})";
  return envelope;
}
std::string arn_in(const protocol::Envelope& envelope, std::size_t task = 0) {
  return envelope.message["tasks"][task]["arn"];
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

class InboxTest : public ::testing::Test {
 protected:
  InboxTest() {
    hands.tell = [](engine::Sight) {};
    // Nothing is done on the node: these tests end where the engine begins.
    for (const auto kind : {engine::StepKind::CreateCgroup, engine::StepKind::CreateNetwork,
                            engine::StepKind::PullImage, engine::StepKind::Release}) {
      hands.holds.insert(kind);
    }
    hands.held.shut();
  }
  ~InboxTest() override {
    EXPECT_TRUE(loop.run(engine.stop()));
    loop.stop();
  }

  Result<> receive(protocol::Envelope envelope) {
    return loop.run(inbox.receive(std::move(envelope)));
  }
  static Async<> send(InboxTest* self, std::string frame) {
    self->frames.push_back(Json::parse(frame));
    co_return ok();
  }
  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }
  static Json ack(const std::string& message_id, const std::string& cluster = "lab",
                  const std::string& instance = "arn:instance") {
    const Json message{
        {"cluster", cluster}, {"containerInstance", instance}, {"messageId", message_id}};
    return {{"type", "AckRequest"}, {"message", message}};
  }
  Needs needs() {
    return {engine,
            book,
            clock,
            [](const model::Task&) { return model::Placement{}; },
            [](const std::string& task, const std::string& attachment) {
              return outbox::attached_report(task, "lab", attachment);
            },
            [this](records::QueuedReport report) { offered.push_back(std::move(report)); },
            [this](std::string frame) { return send(this, std::move(frame)); },
            Rules{},
            "lab",
            "arn:instance"};
  }

  berth::testing::Loop loop;
  berth::testing::FakeClock clock;
  berth::testing::FakeJournal journal{loop.io.get_executor()};
  berth::testing::FakeNodeBook book{loop.io.get_executor()};
  berth::testing::FakeHands hands{loop.io.get_executor()};
  engine::Engine engine{
      {hands, journal, clock,
       [](const model::Record& record) { return outbox::report_of(record, "lab"); },
       [](records::QueuedReport) {}, [](const model::Record&) {}},
      loop.io.get_executor()};
  std::vector<Json> frames;                    ///< what was sent, in order
  std::vector<records::QueuedReport> offered;  ///< reports of interfaces
  Inbox inbox{needs()};
};

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

TEST_F(InboxTest, TakesTheStopOfATaskItNeverHad) {
  protocol::Envelope envelope = payload();
  envelope.message["tasks"][0]["desiredStatus"] = "STOPPED";

  ASSERT_TRUE(receive(envelope));
  go_on();

  EXPECT_EQ(journal.written.at(arn_in(envelope)).goal, model::Goal::Stopped);
  EXPECT_EQ(frames.size(), 1U);
}

TEST_F(InboxTest, ReportsAnInterfaceOnceHoweverOftenItIsAnnounced) {
  ASSERT_TRUE(receive(attach_message()));
  ASSERT_TRUE(receive(attach_message()));

  ASSERT_EQ(offered.size(), 1U);
  EXPECT_THAT(offered[0].report.body, HasSubstr("ATTACHED"));
  EXPECT_THAT(frames, ElementsAre(ack("m-1"), ack("m-1")));
  const records::AnnouncedEni& eni = book.enis.at("arn:attachment/1");
  EXPECT_EQ(eni.expires_at, clock.wall() + std::chrono::minutes(5));
}

TEST_F(InboxTest, DoesNotAcknowledgeAnInterfaceItCouldNotWriteDown) {
  book.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});

  const auto received = receive(attach_message());

  EXPECT_TRUE(received.failed_with(Errc::Exhausted));
  EXPECT_THAT(frames, IsEmpty());
  EXPECT_THAT(offered, IsEmpty());
}

TEST_F(InboxTest, AcknowledgesKeysOfItsTasksOnly) {
  protocol::Envelope keys = recorded_in(kTraces + "/11-agent-restart.json").sent.at(1);
  ASSERT_EQ(keys.type, protocol::IAMRoleCredentialsMessage::kType);
  ASSERT_TRUE(receive(payload()));
  frames.clear();

  ASSERT_TRUE(receive(keys));
  const std::size_t for_a_stranger = frames.size();
  keys.message["taskArn"] = arn_in(payload());
  ASSERT_TRUE(receive(keys));

  EXPECT_EQ(for_a_stranger, 0U);
  const Json message{{"messageId", keys.message["messageId"]},
                     {"expiration", keys.message["roleCredentials"]["expiration"]},
                     {"credentialsId", keys.message["roleCredentials"]["credentialsId"]}};
  EXPECT_THAT(frames,
              ElementsAre(Json{{"type", "IAMRoleCredentialsAckRequest"}, {"message", message}}));
}

TEST_F(InboxTest, AnswersNothingItCannotRead) {
  for (const char* type : {"PayloadMessage", "HeartbeatMessage", "IAMRoleCredentialsMessage",
                           "AttachTaskNetworkInterfacesMessage", "NewsMessage"}) {
    const protocol::Envelope envelope{type, {{"messageId", 7}}};

    const auto received = receive(envelope);

    EXPECT_TRUE(received) << type << ": " << received.error();
  }
  EXPECT_THAT(frames, IsEmpty());
}

}  // namespace
}  // namespace berth::inbox
