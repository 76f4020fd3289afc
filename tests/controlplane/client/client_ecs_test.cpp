// client_ecs_test.cpp - what the calls send, and what their errors mean to the agent.
#include <gtest/gtest.h>

#include "base/dir.hpp"
#include "controlplane/client/ecs.hpp"
#include "controlplane/client/endpoints.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_control_plane.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/loopback_server.hpp"
#include "tests/fakes/own_netns.hpp"

namespace berth::client {
namespace {

using berth::testing::FakeClock;
using berth::testing::FakeControlPlane;
using berth::testing::Loop;

[[maybe_unused]] const auto* const own_netns = berth::testing::OwnNetns::for_this_program();

const aws::Keys kKeys{"AKID", "secret"};

/// The service: answers as planned, once the signature is right.
struct Service {
  http::Response answer;
  std::vector<http::Request> calls;
};

Async<http::Response> serve(Service* service, http::Request request, WallTime now) {
  const auto verdict =
      aws::verify(request, {"eu-west-1", "ecs"}, [](const std::string&) { return kKeys; }, now);
  http::Response response = service->answer;
  if (!std::holds_alternative<aws::Verified>(verdict)) response.status = 403;
  service->calls.push_back(std::move(request));
  co_return response;
}

struct Agent {
  Loop loop;
  FakeClock clock;
  Service service;
  aws::Credentials credentials{{kKeys, ""}};
  aws::Signer signer{credentials, clock, {"eu-west-1", std::string(kEcsSigningName)}};
  http::Client client;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<aws::Caller> caller;
  std::unique_ptr<EcsControlPlane> ecs;

  explicit Agent(http::Response answer) {
    service.answer = std::move(answer);
    http::Server::Handlers handlers;
    handlers.request = [this](http::Request request, http::Peer) {
      return serve(&service, std::move(request), clock.wall());
    };
    server = berth::testing::serve_on_loopback(std::move(handlers), loop.nursery);
    const auto url = http::parse_url(berth::testing::url_of(*server));
    caller = std::make_unique<aws::Caller>(client, signer, ecs_endpoint(*url, user_agent("0.1.0")));
    ecs = std::make_unique<EcsControlPlane>(*caller);
  }
  ~Agent() { loop.stop(); }
  static Deadline soon() { return Deadline::after(std::chrono::seconds(10)); }
};

/// Body of the recorded request or answer of one operation.
Json recorded(const std::string& kind, const std::string& operation) {
  const auto text = read_file(BERTH_TEST_DATA "/ecs-agent-traces/01-registration.json");
  const auto trace = parse_json(*text);
  for (const Json& record : trace->at("records")) {
    if (record.at("kind") == kind && record.at("name") == operation) return record.at("body");
  }
  return {};
}

TEST(Ecs, RegistersAsTheEcsAgentDoes) {
  const Json sent = recorded("api.req", "RegisterContainerInstance");
  const Json answer = recorded("api.resp", "RegisterContainerInstance");
  Agent agent({200, {}, dump_json(answer)});
  auto request = protocol::decode<protocol::RegisterContainerInstanceRequest>(sent);
  ASSERT_TRUE(request) << request.error();

  const auto response = agent.loop.run(agent.ecs->register_instance(*request, Agent::soon()));

  ASSERT_TRUE(response) << response.error();
  EXPECT_EQ(response->container_instance.container_instance_arn,
            answer["containerInstance"]["containerInstanceArn"]);
  const http::Request& call = agent.service.calls.at(0);
  EXPECT_EQ(*parse_json(call.body), sent);
  EXPECT_EQ(http::find_header(call.headers, "X-Amz-Target"),
            "AmazonEC2ContainerServiceV20141113.RegisterContainerInstance");
  EXPECT_EQ(http::find_header(call.headers, "User-Agent"), "berth/0.1.0 (linux; LINUX)");
}

TEST(Ecs, SendsAReportAsItWasWrittenDown) {
  Agent agent({200, {}, R"({"acknowledgment":"Acknowledged"})"});
  const std::string body = R"({"status":"RUNNING","task":"t","cluster":"c","reason":""})";

  const auto taken = agent.loop.run(agent.ecs->submit_task_state_change(body, Agent::soon()));

  EXPECT_TRUE(taken);
  EXPECT_EQ(agent.service.calls.at(0).body, body);
}

TEST(Ecs, RefusesAnAnswerWithoutEndpoints) {
  Agent agent({200, {}, R"({"endpoint":"http://h/"})"});

  const auto found = agent.loop.run(agent.ecs->discover_poll_endpoint({}, Agent::soon()));

  EXPECT_TRUE(found.failed_with(Errc::Broken));
}

TEST(ErrorFor, TellsWhatTheCallerCanDo) {
  struct Row {
    aws::ApiError refused;
    Errc code;
  };
  const Row rows[] = {
      {{"ThrottlingException", "slow down", 400}, Errc::Unavailable},
      {{"ServerException", "", 500}, Errc::Unavailable},
      {{"", "", 503}, Errc::Unavailable},
      {{"", "", 429}, Errc::Unavailable},
      {{"LimitExceededException", "", 400}, Errc::Unavailable},
      {{"ClusterNotFoundException", "", 400}, Errc::NotFound},
      {{"ClientException", "Cluster not found.", 400}, Errc::NotFound},
      {{"InvalidParameterException", "bad", 400}, Errc::Invalid},
      {{"ClientException", "bad", 400}, Errc::Invalid},
      {{"X", "Container instance type changes are not supported.", 400}, Errc::Invalid},
      {{"AccessDeniedException", "", 400}, Errc::Denied},
      {{"UnrecognizedClientException", "", 400}, Errc::Denied},
      {{"InvalidSignatureException", "", 400}, Errc::Denied},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(error_for(row.refused, "Op").code, row.code) << row.refused.text();
  }
  EXPECT_EQ(error_for(rows[7].refused, "Op").message,
            "Op: InvalidParameterException: bad (HTTP 400)");
}

TEST(Ecs, DropsAReportForOneErrorOnly) {
  struct Row {
    const char* type;
    Errc code;
  };
  for (const Row& row :
       {Row{"InvalidParameterException", Errc::Invalid}, Row{"ClientException", Errc::Denied},
        Row{"ThrottlingException", Errc::Unavailable}}) {
    Agent agent({400, {}, dump_json(Json{{"__type", row.type}, {"message", "m"}})});

    const auto taken = agent.loop.run(agent.ecs->submit_task_state_change("{}", Agent::soon()));

    EXPECT_TRUE(taken.failed_with(row.code)) << row.type << ": " << taken.error();
  }
}

TEST(Endpoints, AreKeptForTwelveHours) {
  Loop loop;
  FakeClock clock;
  FakeControlPlane service;
  Endpoints endpoints(service, clock, "lab", "arn");
  ASSERT_TRUE(loop.run(endpoints.find()));
  service.endpoint = "http://moved/";

  clock.advance(std::chrono::hours(12) - std::chrono::seconds(1));
  const auto kept = loop.run(endpoints.find());
  clock.advance(std::chrono::seconds(1));
  const auto anew = loop.run(endpoints.find());

  EXPECT_EQ(kept->endpoint, "http://127.0.0.1/acs/");
  EXPECT_EQ(anew->endpoint, "http://moved/");
  EXPECT_EQ(service.discoveries, 2);
}

TEST(Endpoints, AreUsedHoweverOldWhenTheCallFails) {
  Loop loop;
  FakeClock clock;
  FakeControlPlane service;
  Endpoints endpoints(service, clock, "lab", "arn");
  const Error away{Errc::Unavailable, 0, "away"};
  service.failures = {away};

  const auto nothing_known = loop.run(endpoints.find());
  const auto found = loop.run(endpoints.find());
  clock.advance(std::chrono::hours(100));
  service.failures = {away};
  const auto old = loop.run(endpoints.find());

  EXPECT_TRUE(nothing_known.failed_with(Errc::Unavailable));
  ASSERT_TRUE(found && old);
  EXPECT_EQ(old->endpoint, found->endpoint);
  EXPECT_EQ(service.discoveries, 3);
}

}  // namespace
}  // namespace berth::client
