// call_test.cpp - signed calls against a real server that checks the signature.
#include "aws/call.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/loopback_server.hpp"
#include "tests/fakes/own_netns.hpp"

namespace berth::aws {
namespace {

using berth::testing::FakeClock;
using berth::testing::Loop;

[[maybe_unused]] const auto* const own_netns = berth::testing::OwnNetns::for_this_program();

const Keys kKeys{"AKID", "secret"};
const Scope kScope{"eu-west-1", "ecs"};

/// A service of one process: checks the signature by its own clock, then answers as planned.
struct Service {
  FakeClock clock;
  http::Response answer;
  std::vector<http::Request> calls;
};

Async<http::Response> serve(Service* service, http::Request request) {
  http::Response response = service->answer;
  const FindKeys find = [](const std::string&) { return kKeys; };
  const auto verdict = verify(request, kScope, find, service->clock.wall());
  if (const auto* refusal = std::get_if<Refusal>(&verdict)) {
    const Json body{{"__type", refusal->code}, {"message", refusal->message}};
    response = {refusal->http_status, {}, dump_json(body)};
  }
  response.headers.emplace_back("Date", http::http_date(service->clock.wall()));
  service->calls.push_back(std::move(request));
  co_return response;
}

struct Calling {
  Loop loop;
  FakeClock clock;
  Service service;
  Credentials credentials{{kKeys, ""}};
  Signer signer{credentials, clock, kScope};
  http::Client client;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<Caller> caller;

  explicit Calling(http::Response answer) {
    service.answer = std::move(answer);
    http::Server::Handlers handlers;
    handlers.request = [this](http::Request request, http::Peer) {
      return serve(&service, std::move(request));
    };
    server = berth::testing::serve_on_loopback(std::move(handlers), loop.nursery);
    Endpoint endpoint;
    endpoint.url = *http::parse_url(berth::testing::url_of(*server));
    endpoint.target_prefix = "Prefix";
    endpoint.user_agent = "berth/1 (linux; LINUX)";
    caller = std::make_unique<Caller>(client, signer, std::move(endpoint));
  }
  ~Calling() { loop.stop(); }

  Result<Reply> call() {
    return loop.run(caller->call("DoIt", R"({"a":1})", Deadline::after(std::chrono::seconds(10))));
  }
};

TEST(Caller, SendsASignedJson11Call) {
  Calling calling({200, {{"x-amzn-RequestId", "r-1"}}, R"({"b":2})"});

  const auto reply = calling.call();

  ASSERT_TRUE(reply) << reply.error();
  EXPECT_EQ(reply->error, std::nullopt);
  EXPECT_EQ(reply->body, (Json{{"b", 2}}));
  EXPECT_EQ(reply->request_id, "r-1");
  const http::Request& sent = calling.service.calls.at(0);
  EXPECT_EQ(sent.method + sent.target + sent.body,
            "POST/"
            R"({"a":1})");
  EXPECT_EQ(http::find_header(sent.headers, "X-Amz-Target"), "Prefix.DoIt");
  EXPECT_EQ(http::find_header(sent.headers, "Content-Type"), "application/x-amz-json-1.1");
  EXPECT_EQ(http::find_header(sent.headers, "User-Agent"), "berth/1 (linux; LINUX)");
}

TEST(Caller, GivesTheServicesErrorAsAReply) {
  Calling calling({400, {}, R"({"__type":"com.aws#InvalidParameterException","message":"no"})"});

  const auto reply = calling.call();

  ASSERT_TRUE(reply) << reply.error();
  EXPECT_EQ(reply->error, (ApiError{"InvalidParameterException", "no", 400}));
  EXPECT_EQ(reply->error->text(), "InvalidParameterException: no (HTTP 400)");
  EXPECT_EQ(calling.service.calls.size(), 1u);
}

TEST(Caller, SignsAnewWithTheServicesTimeWhenOurClockIsOff) {
  Calling calling({200, {}, "{}"});
  calling.service.clock.advance(std::chrono::hours(3));

  const auto first = calling.call();
  const auto second = calling.call();

  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->error, std::nullopt);
  EXPECT_EQ(second->error, std::nullopt);
  EXPECT_EQ(calling.service.calls.size(), 3u) << "the offset was not kept";
}

TEST(Caller, DoesNotRepeatARefusalThatIsNotAboutTime) {
  Calling calling({200, {}, "{}"});
  calling.credentials = Credentials({{"AKID", "another secret"}, ""});

  const auto reply = calling.call();

  ASSERT_TRUE(reply && reply->error);
  EXPECT_EQ(reply->error->code, "InvalidSignatureException");
  EXPECT_EQ(calling.service.calls.size(), 1u);
}

TEST(Caller, FailsOnAnAnswerThatIsNoJson) {
  Calling calling({200, {}, "<html>"});

  const auto reply = calling.call();

  ASSERT_TRUE(reply.failed_with(Errc::Broken));
  EXPECT_NE(reply.error().message.find("DoIt"), std::string::npos);
}

TEST(Caller, FailsWithoutKeys) {
  Calling calling({200, {}, "{}"});
  calling.credentials = Credentials({{}, "/nonexistent/credentials"});

  EXPECT_TRUE(calling.call().failed_with(Errc::Denied));
  EXPECT_TRUE(calling.service.calls.empty());
}

TEST(ApiErrorIn, FindsTheCodeWhereverItStands) {
  struct Row {
    http::Response response;
    std::optional<ApiError> error;
  };
  const Row rows[] = {
      {{200, {}, "{}"}, std::nullopt},
      {{400, {{"x-amzn-ErrorType", "A:http://x/"}}, R"({"message":"m"})"}, ApiError{"A", "m", 400}},
      {{400, {}, R"({"__type":"B","Message":"m"})"}, ApiError{"B", "m", 400}},
      {{500, {}, R"({"code":"C"})"}, ApiError{"C", "", 500}},
      {{503, {}, "<html>busy</html>"}, ApiError{"", "", 503}},
      {{400, {}, "[]"}, ApiError{"", "", 400}},
  };
  for (const Row& row : rows) EXPECT_EQ(api_error_in(row.response), row.error) << row.response.body;
}

}  // namespace
}  // namespace berth::aws
