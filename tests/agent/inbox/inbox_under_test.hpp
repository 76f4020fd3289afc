// inbox_under_test.hpp - an inbox over fakes, and recorded messages to give it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/inbox/inbox.hpp"
#include "agent/outbox/report.hpp"
#include "base/dir.hpp"
#include "base/json.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_hands.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_node_book.hpp"
#include "tests/fakes/fake_timeline.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::inbox {

inline const std::string kTraces = BERTH_TEST_DATA "/ecs-agent-traces";

struct Recorded {
  std::vector<protocol::Envelope> sent;  ///< by the service, in order
  std::vector<Json> answers;             ///< of the ECS agent, as frames
};

inline Recorded recorded_in(const std::string& path) {
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

/// The payload of one recorded task, which berth can run as it is but for its network mode.
inline protocol::Envelope payload() {
  protocol::Envelope envelope = recorded_in(kTraces + "/06-stop-stoptimeout.json").sent.at(0);
  envelope.message["seqNum"] = 7;
  Json& task = envelope.message["tasks"][0];
  task["networkMode"] = "none";
  task["containers"][0]["dockerConfig"]["hostConfig"] = R"({"NetworkMode": "none"})";
  return envelope;
}
inline std::string arn_in(const protocol::Envelope& envelope, std::size_t task = 0) {
  return envelope.message["tasks"][task]["arn"];
}

class InboxUnderTest : public ::testing::Test {
 protected:
  InboxUnderTest() {
    hands.tell = [](engine::Sight) {};
    // Nothing is done on the node: these tests end where the engine begins.
    for (const auto kind : {engine::StepKind::CreateCgroup, engine::StepKind::CreateNetwork,
                            engine::StepKind::PullImage, engine::StepKind::Release}) {
      hands.holds.insert(kind);
    }
    hands.held.shut();
  }
  ~InboxUnderTest() override {
    EXPECT_TRUE(loop.run(engine.stop()));
    loop.stop();
  }

  Result<> receive(protocol::Envelope envelope) {
    return loop.run(inbox.receive(std::move(envelope)));
  }
  static Async<> send(InboxUnderTest* self, std::string frame) {
    self->frames.push_back(Json::parse(frame));
    co_return ok();
  }
  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }
  static Async<> follow(InboxUnderTest* self, model::ClusterNetwork told) {
    self->followed.push_back(std::move(told));
    if (self->refuses_to_follow) co_return Error{Errc::Denied, 1, "the kernel refused"};
    co_return ok();
  }
  static Async<> announce(InboxUnderTest* self, records::Attachment attachment) {
    if (self->refused_announcement) co_return *self->refused_announcement;
    self->announced.push_back(std::move(attachment));
    co_return ok();
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
            vault,
            clock,
            [](const model::Task&) { return model::Placement{}; },
            [this](records::Attachment one) { return announce(this, std::move(one)); },
            [this](std::string frame) { return send(this, std::move(frame)); },
            [this](model::ClusterNetwork told) { return follow(this, std::move(told)); },
            Rules{},
            "lab",
            "arn:instance",
            [this](const model::Task&) { return objection; }};
  }

  berth::testing::Loop loop;
  berth::testing::FakeClock clock;
  berth::testing::FakeJournal journal{loop.io.get_executor()};
  berth::testing::FakeTimeline timeline;
  berth::testing::FakeNodeBook book{loop.io.get_executor()};
  vault::Vault vault;
  berth::testing::FakeHands hands{loop.io.get_executor()};
  engine::Engine engine{
      {hands, journal, timeline, clock,
       [](const model::Record& record) { return outbox::report_of(record, "lab"); },
       [](records::QueuedReport) {}, [](const model::Record&) {}, false, "boot"},
      loop.io.get_executor()};
  std::vector<Json> frames;                    ///< what was sent, in order
  std::vector<records::Attachment> announced;  ///< interfaces, in order
  std::optional<Error> refused_announcement;
  std::vector<model::ClusterNetwork> followed;
  bool refuses_to_follow = false;
  std::string objection;  ///< of the node, to each task
  Inbox inbox{needs()};
};

}  // namespace berth::inbox
