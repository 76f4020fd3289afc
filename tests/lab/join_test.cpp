// join_test.cpp - the lab's desk over TLS, with a certificate that the lab made.
#include <gmock/gmock.h>

#include "base/http/certificate.hpp"
#include "controlplane/enrol/exchange.hpp"
#include "lab/certificate.hpp"
#include "lab/tokens.hpp"
#include "tests/fakes/scratch.hpp"
#include "tests/lab/lab_under_test.hpp"

namespace berth::lab {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kNames{"localhost", "127.0.0.1", "::1"};

class Joining : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto files = load_or_make_certificate(folder, kNames);
    ASSERT_TRUE(files) << files.error();
    ca = files->certificate;
    pem = *read_file(ca);
    desk = std::make_unique<Desk>(folder, aws::Keys{"AKIATEST", "secret"}, "eu-west-1", pem);
    settings.region = "eu-west-1";
    lab = *Lab::open(settings, scratch.path("lab"), clock, loop.nursery);
    service = std::make_unique<Service>(*lab, aws::Keys{"AKIATEST", "secret"}, true, desk.get());
    http::Listen listen;
    listen.address = "127.0.0.1";
    listen.tls_cert = files->certificate;
    listen.tls_key = files->key;
    auto started = http::Server::start(listen, service->handlers(), {}, loop.nursery);
    ASSERT_TRUE(started) << started.error();
    server = std::move(*started);
    url = *http::parse_url("https://127.0.0.1:" + std::to_string(server->port()));
    ASSERT_TRUE(
        note_listening(folder, {"https", "127.0.0.1", server->port(), *http::fingerprint_of(pem)}));
  }
  void TearDown() override { loop.stop(); }

  Result<http::Response> ask(const std::string& method, const std::string& body,
                             const std::string& ca_file) {
    http::Client client(http::TlsOptions{ca_file});
    http::Request request;
    request.method = method;
    request.target = enrol::kJoinPath;
    request.body = body;
    return loop.run(client.fetch(url, request, 1 << 20, by()));
  }
  static Deadline by() { return Deadline::after(std::chrono::seconds(10)); }

  berth::testing::Scratch scratch;
  Dir folder = *Dir::open_or_make(scratch.path("lab"), 0700);
  std::string ca;
  std::string pem;
  SystemClock clock;
  Settings settings;
  berth::testing::Loop loop;
  std::unique_ptr<Lab> lab;
  std::unique_ptr<Desk> desk;
  std::unique_ptr<Service> service;
  std::unique_ptr<http::Server> server;
  http::Url url;
};

TEST_F(Joining, GivesKeysForATokenOnce) {
  const auto token = make_token(folder, {}, clock.wall());
  ASSERT_TRUE(token) << token.error();
  const auto shown = loop.run(http::shown_certificate(*http::parse_url(token->url), by()));
  ASSERT_TRUE(shown) << shown.error();
  EXPECT_EQ(*http::fingerprint_of(*shown), token->fingerprint);
  const std::string file = scratch.path("shown.pem");
  ASSERT_TRUE(Dir::open(scratch.path(""))->replace("shown.pem", *shown));

  const auto given = ask("POST", enrol::request_body(token->secret), file);
  const auto again = ask("POST", enrol::request_body(token->secret), file);

  ASSERT_TRUE(given) << given.error();
  ASSERT_EQ(given->status, 200) << given->body;
  const auto grant = enrol::read_grant(given->body);
  ASSERT_TRUE(grant) << grant.error();
  EXPECT_EQ(*grant, (enrol::Grant{"eu-west-1", "AKIATEST", "secret", pem}));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->status, 403);
  EXPECT_THAT(enrol::read_refusal(again->body), HasSubstr("was used at"));
}

TEST_F(Joining, RefusesWhatIsNoToken) {
  const auto none = ask("POST", enrol::request_body("AAAAAAAA.B"), ca);
  ASSERT_TRUE(none) << none.error();
  EXPECT_EQ(none->status, 403);
  EXPECT_THAT(enrol::read_refusal(none->body), HasSubstr("not made that token"));
  EXPECT_EQ(ask("POST", "nonsense", ca)->status, 400);
  EXPECT_EQ(ask("GET", "", ca)->status, 405);
}

TEST_F(Joining, IsNoMatterOfALabWithoutTls) {
  Service plain(*lab, aws::Keys{"AKIATEST", "secret"}, false);
  http::Request request;
  request.method = "POST";
  request.target = enrol::kJoinPath;
  EXPECT_THAT(plain.respond(request).body, HasSubstr("UnknownOperationException"));
}

TEST(Certificate, IsMadeOnceAndForItsOwnerAlone) {
  const berth::testing::Scratch scratch;
  const auto folder = Dir::open_or_make(scratch.path("lab"), 0700);
  const auto files = load_or_make_certificate(*folder, kNames);
  ASSERT_TRUE(files) << files.error();
  const std::string first = *read_file(files->certificate);

  ASSERT_TRUE(load_or_make_certificate(*folder, {"another"}));

  EXPECT_EQ(*read_file(files->certificate), first);
  struct stat status{};
  ASSERT_EQ(::stat(files->key.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_TRUE(http::fingerprint_of("nothing").failed_with(Errc::Invalid));
}

TEST_F(Joining, TrustsNobodyElse) {
  const auto other = load_or_make_certificate(*Dir::open_or_make(scratch.path("other")), kNames);
  ASSERT_TRUE(other);
  EXPECT_TRUE(
      ask("POST", enrol::request_body("x"), other->certificate).failed_with(Errc::Unavailable));
}

}  // namespace
}  // namespace berth::lab
