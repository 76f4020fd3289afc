// endpoint_test.cpp - where the way to the control plane ends; on the loopback device.
#include "agent/doctor/endpoint.hpp"

#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>

#include "base/http/server.hpp"
#include "tests/agent/doctor/verdicts.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::doctor {
namespace {

using http::Hop;
using ::testing::HasSubstr;

Reach over_tls(Hop at, const std::string& failure = "") {
  Reach reach{"https://ecs.example/", "ecs.example", at, "192.0.2.1", failure};
  reach.status = 400;
  return reach;
}

TEST(JudgeReach, NamesTheFirstHopThatFails) {
  const std::pair<Reach, const char*> cases[] = {
      {over_tls(Hop::Exchange), "DNS o, TCP o, TLS o, HTTP o"},
      {over_tls(Hop::LookUp, "no such host"), "DNS e, TCP ?, TLS ?, HTTP ?"},
      {over_tls(Hop::Connect, "refused"), "DNS o, TCP e, TLS ?, HTTP ?"},
      {over_tls(Hop::Tls, "untrusted"), "DNS o, TCP o, TLS e, HTTP ?"},
      {over_tls(Hop::Exchange, "not HTTP"), "DNS o, TCP o, TLS o, HTTP e"}};
  for (const auto& [reach, verdicts] : cases) {
    EXPECT_EQ(verdicts_of(judge_reach(reach)), verdicts);
    EXPECT_TRUE(has_cures_where_needed(judge_reach(reach)));
  }
  Reach without_authority = over_tls(Hop::Tls, "CA file /x: No such file");
  without_authority.address.clear();
  EXPECT_EQ(verdicts_of(judge_reach(without_authority)), "DNS ?, TCP ?, TLS e, HTTP ?");
  Reach plain = over_tls(Hop::Exchange);
  plain.url = "http://ecs.example/";
  EXPECT_EQ(verdicts_of(judge_reach(plain)), "DNS o, TCP o, HTTP o");
}

TEST(JudgeAuth, KnowsWhetherTheSignatureWasTaken) {
  auto refused = [](const char* code, int status) {
    return aws::Reply{{}, aws::ApiError{code, "words", status}};
  };
  const std::pair<Result<aws::Reply>, char> cases[] = {
      {aws::Reply{}, 'o'},
      {Error{Errc::Denied, 0, "no AWS credentials"}, 'e'},
      {Error{Errc::Unavailable, 0, "closed"}, 'e'},
      {refused("UnrecognizedClientException", 400), 'e'},
      {refused("AccessDeniedException", 400), 'e'},
      {refused("ThrottlingException", 400), 'w'},
      {refused("", 503), 'w'},
      {refused("ClusterNotFoundException", 400), 'o'},
      {refused("InvalidParameterException", 400), 'o'}};
  for (const auto& [reply, verdict] : cases) {
    const Finding finding = judge_auth(reply);
    EXPECT_EQ(letter_of(finding.verdict), verdict) << finding.reason;
    EXPECT_TRUE(has_cures_where_needed({finding}));
  }
}

class Way : public ::testing::Test {
 protected:
  Reach go(const std::string& url, const std::string& ca_file = "") {
    EndpointNeeds needs{http::parse_url(url).value(), {ca_file}, clock_};
    auto reached = loop_.run(reach(std::move(needs), Deadline::after(std::chrono::seconds(30))));
    EXPECT_TRUE(reached) << reached.error();
    return std::move(reached).value_or({});
  }
  /// Accepts one connection and hangs up.
  Async<> hang_up(asio::ip::tcp::acceptor* acceptor) {
    const auto accepted = co_await acceptor->async_accept(use_result);
    co_return ok();
  }

  berth::testing::FakeClock clock_;
  berth::testing::Loop loop_;
};

TEST_F(Way, EndsAtAPortThatNobodyListensOn) {
  const Reach reached = go("http://127.0.0.1:1/");

  EXPECT_EQ(reached.at, Hop::Connect);
  EXPECT_EQ(reached.address, "127.0.0.1");
  EXPECT_THAT(reached.failure, HasSubstr("refused"));
}

TEST_F(Way, EndsAtTlsWithoutAnAuthorityToTrust) {
  const Reach reached = go("https://127.0.0.1:1/", "/nowhere/ca.pem");

  EXPECT_EQ(reached.at, Hop::Tls);
  EXPECT_THAT(reached.failure, HasSubstr("CA file /nowhere/ca.pem"));
}

TEST_F(Way, EndsWhereNobodySpeaksTlsOrHttp) {
  for (const auto& [scheme, hop] : {std::pair{"https", Hop::Tls}, {"http", Hop::Exchange}}) {
    asio::ip::tcp::acceptor acceptor(loop_.io, {asio::ip::make_address("127.0.0.1"), 0});
    loop_.nursery.start("peer", hang_up(&acceptor));
    const std::string port = std::to_string(acceptor.local_endpoint().port());

    const Reach reached = go(std::string(scheme) + "://127.0.0.1:" + port + "/");

    EXPECT_EQ(reached.at, hop) << scheme;
    EXPECT_NE(reached.failure, "");
  }
}

}  // namespace
}  // namespace berth::doctor
