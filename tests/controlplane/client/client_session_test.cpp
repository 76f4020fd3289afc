// client_session_test.cpp - both sessions on the wire, against a server that checks signatures.
#include <gtest/gtest.h>

#include "tests/controlplane/client/service.hpp"
#include "tests/fakes/own_netns.hpp"

namespace berth::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Frames;
using testing::Service;

[[maybe_unused]] const auto* const session_netns = berth::testing::OwnNetns::for_this_program();

/// The agent's half: keeps what comes, and what changes.
struct Agent {
  Service& service;
  Frames messages{service.loop.io.get_executor(), 100};
  Frames changes{service.loop.io.get_executor(), 100};
  std::unique_ptr<TaskSession> session;

  explicit Agent(Service& with, SessionTimes times = task_session_times()) : service(with) {
    TaskSession::Needs needs;
    needs.on_message = [this](protocol::Envelope envelope) { return keep(this, envelope.type); };
    needs.on_change = [this](bool is_connected) {
      (void)changes.push(is_connected ? "connected" : "gone");
    };
    needs.on_inactive = [this] { (void)changes.push("inactive"); };
    session = std::make_unique<TaskSession>(std::move(needs), service.identity(), service.endpoints,
                                            service.tools(), times);
    service.loop.nursery.start("session", session->run());
  }
  ~Agent() { service.loop.stop(); }

  static Async<> keep(Agent* agent, std::string type) {
    co_return agent->messages.push(std::move(type));
  }
  std::string next_change() { return service.next(changes); }
};

TEST(TaskSession, BringsMessagesAndTakesAnswers) {
  Service service;
  service.greeting = {R"({"type":"HeartbeatMessage","message":{"messageId":"hb-1"}})"};
  Agent agent(service);

  EXPECT_EQ(service.next(agent.messages), "HeartbeatMessage");
  protocol::HeartbeatAckRequest ack;
  ack.message_id = "hb-1";
  const auto sent = service.loop.run(agent.session->send(protocol::frame_text(ack)));

  EXPECT_TRUE(sent) << sent.error();
  EXPECT_EQ(service.next(service.received),
            R"({"message":{"messageId":"hb-1"},"type":"HeartbeatAckRequest"})");
  EXPECT_EQ(http::find_header(service.upgrades.at(0).headers, "User-Agent"),
            "berth/0.1.0 (linux; LINUX)");
  EXPECT_EQ(service.upgrades.at(0).target,
            "/acs/ws?agentHash=1a2b&agentVersion=0.1.0&clusterArn=lab&"
            "containerInstanceArn=arn%3Ainstance&dockerVersion=DockerVersion%3A+containerd%2F1.6&"
            "protocolVersion=2&sendCredentials=true&seqNum=1");
}

TEST(TaskSession, AsksForCredentialsUntilItWasConnectedOnce) {
  Service service;
  service.refusal = http::Response{500, {}, "not yet"};
  SessionTimes times = task_session_times();
  times.backoff.first = milliseconds(1);
  Agent agent(service, times);

  EXPECT_EQ(agent.next_change(), "connected");
  service.open = nullptr;
  EXPECT_EQ(agent.next_change(), "gone");
  EXPECT_EQ(agent.next_change(), "connected");

  ASSERT_EQ(service.upgrades.size(), 3u);
  for (int nth = 0; nth < 3; ++nth) {
    const std::string wanted = nth < 2 ? "sendCredentials=true" : "sendCredentials=false";
    EXPECT_NE(service.upgrades[nth].target.find(wanted), std::string::npos) << nth;
  }
}

TEST(TaskSession, GoesOnAfterFramesThatMakeNoSense) {
  Service service;
  service.greeting = {"no json", R"({"type":5})", R"({"type":"Known","message":{}})"};
  Agent agent(service);

  EXPECT_EQ(service.next(agent.messages), "Known");
}

TEST(TaskSession, ComesBackAfterEveryKindOfClose) {
  SessionTimes times = task_session_times();
  times.backoff.first = milliseconds(1);
  for (std::uint16_t code : {1000, 1001, 1008, 1011}) {
    Service service;
    Agent agent(service, times);
    EXPECT_EQ(agent.next_change(), "connected");

    service.close({code, "test"});

    EXPECT_EQ(agent.next_change(), "gone") << code;
    EXPECT_EQ(agent.next_change(), "connected") << code;
  }
}

TEST(TaskSession, SaysThatItHasExpiredAndComesBack) {
  Service service;
  SessionTimes times = task_session_times();
  times.age = milliseconds(30);
  times.age_jitter = milliseconds(0);
  times.backoff.first = milliseconds(1);
  Agent agent(service, times);
  EXPECT_EQ(agent.next_change(), "connected");

  EXPECT_EQ(service.next(service.ends), "1000 ConnectionExpired: Reconnect to continue");
  EXPECT_EQ(agent.next_change(), "gone");
  EXPECT_EQ(agent.next_change(), "connected");
}

TEST(TaskSession, HangsUpWithoutAWordWhenNothingIsHeard) {
  Service service;
  SessionTimes times = task_session_times();
  times.silence = milliseconds(30);
  times.silence_jitter = milliseconds(0);
  Agent agent(service, times);

  EXPECT_EQ(service.next(service.ends), "1006 ");
}

TEST(TaskSession, WaitsAnHourWhenTheInstanceIsDeregistered) {
  for (const char* body :
       {R"({"InactiveInstanceException":"gone"})",
        R"({"type":"InactiveInstanceException","message":{"message":"gone"}})"}) {
    Service service;
    service.refusal = http::Response{400, {}, body};
    Agent agent(service);

    EXPECT_EQ(agent.next_change(), "inactive") << body;
    EXPECT_EQ(service.upgrades.size(), 1u);
    EXPECT_FALSE(agent.session->is_connected());
  }
}

TEST(TaskSession, HangsUpWhenItIsToldWhileConnectedThatTheInstanceIsDeregistered) {
  Service service;
  service.greeting = {R"({"type":"InactiveInstanceException","message":{"message":"gone"}})"};
  Agent agent(service);

  EXPECT_EQ(agent.next_change(), "connected");
  EXPECT_EQ(agent.next_change(), "gone");
  EXPECT_EQ(agent.next_change(), "inactive");
  EXPECT_EQ(service.upgrades.size(), 1u);
}

TEST(TaskSession, ComesBackAfterTheWaitWhenTheInstanceIsRegisteredAgain) {
  Service service;
  service.refusal = http::Response{400, {}, R"({"InactiveInstanceException":"gone"})"};
  SessionTimes times = task_session_times();
  times.inactive_wait = milliseconds(1);
  Agent agent(service, times);

  EXPECT_EQ(agent.next_change(), "inactive");
  EXPECT_EQ(agent.next_change(), "connected");
  // It was not connected before: the keys of its tasks are still wanted.
  EXPECT_NE(service.upgrades.at(1).target.find("sendCredentials=true"), std::string::npos);
}

TEST(TaskSession, CannotSendWhileItIsNotConnected) {
  Service service;
  TaskSession session({}, service.identity(), service.endpoints, service.tools());

  EXPECT_TRUE(service.loop.run(session.send("{}")).failed_with(Errc::Unavailable));
}

/// A telemetry session that keeps what comes.
struct Meter {
  Service& service;
  Frames messages{service.loop.io.get_executor(), 100};
  Frames changes{service.loop.io.get_executor(), 100};
  std::unique_ptr<TelemetrySession> session;

  explicit Meter(Service& with, SessionTimes times = telemetry_session_times()) : service(with) {
    TelemetrySession::Needs needs;
    needs.on_message = [this](protocol::Envelope envelope) { return keep(this, envelope.type); };
    needs.on_change = [this](bool is_connected) {
      (void)changes.push(is_connected ? "connected" : "gone");
    };
    session = std::make_unique<TelemetrySession>(std::move(needs), service.identity(),
                                                 service.endpoints, service.tools(), times);
    service.loop.nursery.start("telemetry", session->run());
  }
  ~Meter() { service.loop.stop(); }
  static Async<> keep(Meter* meter, std::string type) {
    co_return meter->messages.push(std::move(type));
  }
};

TEST(TelemetrySession, SignsEveryFrameAsAGetOfItsUpgrade) {
  Service service;
  Meter meter(service);
  ASSERT_EQ(service.next(meter.changes), "connected");
  const std::string body = R"({"message":{"n":1},"type":"PublishMetricsRequest"})";

  ASSERT_TRUE(service.loop.run(meter.session->send(body)));
  const auto frame = protocol::split_frame(service.next(service.received));

  ASSERT_TRUE(frame) << frame.error();
  EXPECT_EQ(frame->body, body);
  std::vector<std::string> names;
  for (const auto& header : frame->headers) names.push_back(header.first);
  EXPECT_EQ(names, (std::vector<std::string>{"Authorization", "Host", "X-Amz-Date",
                                             "X-Amz-Security-Token"}));
  const http::Request as_signed{"GET", service.upgrades.at(0).target, frame->headers, frame->body};
  const auto verdict = aws::verify(
      as_signed, testing::kScope, [](const std::string&) { return testing::kKeys; },
      service.clock.wall());
  EXPECT_TRUE(std::holds_alternative<aws::Verified>(verdict));
}

TEST(TelemetrySession, TakesAcknowledgementsAndHeartbeats) {
  Service service;
  service.greeting = {R"({"type":"AckPublishMetric","message":{"message":"ok"}})",
                      R"({"type":"HeartbeatMessage","message":{"healthy":true}})"};
  Meter meter(service);

  EXPECT_EQ(service.next(meter.messages), "AckPublishMetric");
  EXPECT_EQ(service.next(meter.messages), "HeartbeatMessage");
  EXPECT_EQ(service.upgrades.at(0).target,
            "/tcs/ws?agentHash=1a2b&agentVersion=0.1.0&cluster=lab&"
            "containerInstance=arn%3Ainstance&dockerVersion=containerd%2F1.6");
}

TEST(TelemetrySession, SaysGoodbyeWhenNothingIsHeard) {
  Service service;
  SessionTimes times = telemetry_session_times();
  times.silence = milliseconds(30);
  times.silence_jitter = milliseconds(0);
  Meter meter(service, times);

  EXPECT_EQ(service.next(service.ends), "1000 ConnectionExpired: Reconnect to continue");
}

TEST(TelemetrySession, IsRefusedOnceTheInstanceIsDeregisteredAndTriesOn) {
  Service service;
  SessionTimes times = telemetry_session_times();
  times.backoff.first = milliseconds(1);
  Meter meter(service, times);
  ASSERT_EQ(service.next(meter.changes), "connected");
  service.refusal = http::Response{400, {}, R"({"InactiveInstanceException":"gone"})"};

  meter.session->drop();

  EXPECT_EQ(service.next(meter.changes), "gone");
  EXPECT_EQ(service.next(meter.changes), "connected");
  EXPECT_EQ(service.upgrades.size(), 3u);
}

TEST(TelemetrySession, ReconnectsWhenDropped) {
  Service service;
  SessionTimes times = telemetry_session_times();
  times.backoff.first = milliseconds(1);
  Meter meter(service, times);
  ASSERT_EQ(service.next(meter.changes), "connected");

  meter.session->drop();

  EXPECT_EQ(service.next(service.ends), "1006 ");
  EXPECT_EQ(service.next(meter.changes), "gone");
  EXPECT_EQ(service.next(meter.changes), "connected");
}

}  // namespace
}  // namespace berth::client
