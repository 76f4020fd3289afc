// exchange_test.cpp - the real client against the real server, on loopback and unix sockets.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "base/http/client.hpp"
#include "base/http/server.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/own_netns.hpp"
#include "tests/fakes/test_certificate.hpp"

namespace berth::http {
namespace {

using berth::testing::Loop;
using berth::testing::TestCertificate;
using std::chrono::milliseconds;
using std::chrono::seconds;

[[maybe_unused]] const auto* const own_netns = berth::testing::OwnNetns::for_this_program();

constexpr std::size_t kLimit = 1 << 20;

/// Tells what it was asked: method, target, both ends of the connection, body.
Async<Response> tell(Request request, Peer peer) {
  Response response;
  response.status = request.method == "DELETE" ? 404 : 200;
  response.headers = {{"X-Port", std::to_string(peer.port)},
                      {"X-Ends", peer.address + " to " + peer.local_address},
                      {"X-Agent", find_header(request.headers, "User-Agent").value_or("-")}};
  response.body = request.method + " " + request.target + " " + request.body;
  co_return response;
}

Async<Response> fail(Request, Peer) {
  co_return Error{Errc::Broken, 0, "secret cause"};
}

Async<Response> never_answer(Request, Peer) {
  asio::steady_timer timer(co_await asio::this_coro::executor, Deadline::never().at);
  co_await timer.async_wait(use_result);
  co_return Error{Errc::Cancelled, 0, "given up"};
}

Async<Response> long_answer(Request, Peer) {
  Response response;
  response.body = std::string(5000, 'x');
  co_return response;
}

struct Served {
  Loop loop;
  std::unique_ptr<Server> server;
  Client client;
  Url url;

  explicit Served(Handler handler, ServerLimits limits = {}, Listen where = {"127.0.0.1"},
                  TlsOptions tls = {})
      : client(tls) {
    Server::Handlers handlers;
    handlers.request = std::move(handler);
    auto started = Server::start(where, std::move(handlers), limits, loop.nursery);
    if (!started) throw std::runtime_error(started.error().text());
    server = std::move(*started);
    url.scheme = where.tls_cert.empty() ? "http" : "https";
    url.host = "127.0.0.1";
    url.port = server->port();
  }
  ~Served() { loop.stop(); }

  Result<Response> ask(Request request, std::size_t limit = kLimit,
                       Deadline by = Deadline::after(seconds(10))) {
    return loop.run(client.fetch(url, std::move(request), limit, by));
  }
};

TEST(Exchange, CarriesMethodTargetHeadersAndBody) {
  Served served(tell);

  const auto answer = served.ask({"POST", "/a?b=c%20d", {{"User-Agent", "me/1"}}, "hello"});

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "POST /a?b=c%20d hello");
  EXPECT_EQ(find_header(answer->headers, "x-agent"), "me/1");
}

TEST(Exchange, GivesA4xxAsAnAnswer) {
  Served served(tell);

  const auto answer = served.ask({"DELETE", "/", {}, ""});

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 404);
}

TEST(Exchange, KeepsTheConnectionForTheNextRequest) {
  Served served(tell);

  const auto first = served.ask({});
  const auto second = served.ask({});

  ASSERT_TRUE(first && second);
  EXPECT_EQ(find_header(first->headers, "X-Port"), find_header(second->headers, "X-Port"));
}

TEST(Exchange, ShowsTheHandlerBothEndsOfTheConnection) {
  Served served(tell);

  const auto answer = served.ask({});

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(find_header(answer->headers, "X-Ends"), "127.0.0.1 to 127.0.0.1");
}

TEST(Exchange, ClosesWhenTheClientAsksForIt) {
  Served served(tell);

  const auto first = served.ask({"GET", "/", {{"Connection", "close"}}, ""});
  const auto second = served.ask({});

  ASSERT_TRUE(first && second);
  EXPECT_NE(find_header(first->headers, "X-Port"), find_header(second->headers, "X-Port"));
}

TEST(Exchange, LeavesTheBodyOfAHeadAnswerOut) {
  Served served(tell);

  const auto answer = served.ask({"HEAD", "/x", {}, ""});

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(find_header(answer->headers, "Content-Length"), "8");
}

TEST(Exchange, HidesWhyAHandlerFailed) {
  Served served(fail);

  const auto answer = served.ask({});

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body.find("secret"), std::string::npos);
}

TEST(Exchange, GivesUpAtItsDeadline) {
  Served served(never_answer);

  const auto answer = served.ask({}, kLimit, Deadline::after(milliseconds(30)));

  EXPECT_TRUE(answer.failed_with(Errc::TimedOut));
}

TEST(Exchange, EndsWhenCancelled) {
  Served served(never_answer);
  Result<Response> answer;
  auto ask = [](Client& client, Url url, Result<Response>& out) -> Async<> {
    Request request;
    out = co_await client.fetch(std::move(url), request, kLimit, Deadline::never());
    co_return ok();
  };
  Nursery asker(served.loop.io.get_executor());
  asker.start("ask", ask(served.client, served.url, answer));
  served.loop.io.run_for(milliseconds(20));

  ASSERT_TRUE(served.loop.run(asker.stop()));

  EXPECT_TRUE(answer.failed_with(Errc::Cancelled));
}

TEST(Exchange, RefusesAnAnswerPastItsLimit) {
  Served served(long_answer);

  EXPECT_TRUE(served.ask({}, 4999).failed_with(Errc::Exhausted));
  EXPECT_TRUE(served.ask({}, 5000));
}

TEST(Exchange, IsUnavailableWhereNobodyListens) {
  Served served(tell);
  served.server.reset();

  const auto answer = served.ask({});

  EXPECT_TRUE(answer.failed_with(Errc::Unavailable)) << answer.error();
}

TEST(Exchange, NamesAHostThatIsNotKnown) {
  Loop loop;
  Client client;
  Url url = *parse_url("http://no-such-host.invalid/");

  const auto answer = loop.run(client.fetch(url, {}, kLimit, Deadline::after(seconds(10))));

  ASSERT_TRUE(answer.failed_with(Errc::Unavailable));
  EXPECT_NE(answer.error().message.find("no-such-host.invalid"), std::string::npos);
}

TEST(Server, RefusesWhatIsPastItsLimits) {
  ServerLimits limits;
  limits.body = 100;
  limits.header = 2000;
  Served served(tell, limits);

  const auto body = served.ask({"POST", "/", {}, std::string(200'000, 'b')});
  const auto head = served.ask({"GET", "/", {{"X-Long", std::string(5000, 'h')}}, ""});

  ASSERT_TRUE(body && head);
  EXPECT_EQ(body->status, 413);
  EXPECT_EQ(head->status, 431);
}

TEST(Server, MakesConnectionsPastItsLimitWait) {
  ServerLimits limits;
  limits.connections = 1;
  Served served(tell, limits);
  ASSERT_TRUE(served.ask({}));
  Client other;

  const auto soon = Deadline::after(milliseconds(50));
  const auto waiting = served.loop.run(other.fetch(served.url, {}, kLimit, soon));
  const auto closing = served.ask({"GET", "/", {{"Connection", "close"}}, ""});
  const auto later = Deadline::after(seconds(10));
  const auto served_now = served.loop.run(other.fetch(served.url, {}, kLimit, later));

  EXPECT_TRUE(waiting.failed_with(Errc::TimedOut));
  EXPECT_TRUE(closing);
  EXPECT_TRUE(served_now);
}

/// Sends `bytes` as they are and gives back what comes until the server closes.
Async<std::string> send_raw(std::uint16_t port, std::string bytes) {
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  const asio::ip::tcp::endpoint there(asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(there, use_result);
  co_await asio::async_write(socket, asio::buffer(bytes), use_result);
  std::string answer;
  co_await asio::async_read(socket, asio::dynamic_buffer(answer), use_result);
  co_return answer;
}

TEST(Server, ClosesAConnectionThatAsksNothing) {
  ServerLimits limits;
  limits.idle = seconds(0);
  Served served(tell, limits);

  const auto answer = served.loop.run(send_raw(served.url.port, ""));

  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, "");
}

TEST(Server, AnswersMalformedRequestsWith400) {
  Served served(tell);

  const auto answer = served.loop.run(send_raw(served.url.port, "no http at all\r\n\r\n"));

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->substr(0, 12), "HTTP/1.1 400");
}

TEST(Server, TellsAnExpectingClientToGoOn) {
  Served served(tell);

  const auto answer = served.loop.run(
      send_raw(served.url.port,
               "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n"
               "Content-Length: 2\r\n\r\nhi"));

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->substr(0, 21), "HTTP/1.1 100 Continue");
  EXPECT_NE(answer->find("PUT / hi"), std::string::npos);
}

/// Reads one request head on each connection and answers with the next of `answers`, then closes.
Async<> canned(asio::ip::tcp::acceptor& acceptor, std::vector<std::string> answers) {
  for (const std::string& answer : answers) {
    auto accepted = co_await acceptor.async_accept(use_result);
    asio::ip::tcp::socket socket = std::move(std::get<1>(accepted));
    std::string head;
    co_await asio::async_read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n", use_result);
    co_await asio::async_write(socket, asio::buffer(answer), use_result);
  }
  co_return ok();
}

struct Canned {
  Loop loop;
  asio::ip::tcp::acceptor acceptor{loop.io, {asio::ip::address_v4::loopback(), 0}};
  Client client;
  Url url = *parse_url("http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));

  explicit Canned(std::vector<std::string> answers) {
    loop.nursery.start("canned", canned(acceptor, std::move(answers)));
  }
  ~Canned() { loop.stop(); }
  Result<Response> ask() {
    return loop.run(client.fetch(url, {}, kLimit, Deadline::after(seconds(10))));
  }
};

TEST(Client, ReadsAnswersHoweverTheyAreFramed) {
  Canned peer(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
       "HTTP/1.0 200 OK\r\n\r\nuntil the end"});

  const auto chunked = peer.ask();
  const auto until_end = peer.ask();

  ASSERT_TRUE(chunked && until_end);
  EXPECT_EQ(chunked->body, "abcde");
  EXPECT_EQ(until_end->body, "until the end");
}

TEST(Client, RepeatsOnANewConnectionWhenTheKeptOneHadDied) {
  // The first answer promises a kept connection, and then the peer closes it.
  Canned peer({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
               "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2"});
  ASSERT_TRUE(peer.ask());

  const auto second = peer.ask();

  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->body, "2");
}

TEST(Client, NamesWhatIsWrongWithAnAnswer) {
  Canned peer({"garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", ""});

  EXPECT_TRUE(peer.ask().failed_with(Errc::Broken));
  EXPECT_TRUE(peer.ask().failed_with(Errc::Unavailable));
  EXPECT_TRUE(peer.ask().failed_with(Errc::Unavailable));
}

TEST(Tls, TrustsTheGivenAuthorityForTheNameOnly) {
  const TestCertificate certificate;
  const TestCertificate other;
  const Listen where{"127.0.0.1", 0, "", certificate.cert_file(), certificate.key_file()};
  Served served(tell, {}, where, {certificate.cert_file()});
  Client doubting(TlsOptions{other.cert_file()});
  const auto by = Deadline::after(seconds(10));

  const auto by_address = served.ask({});
  Url named = served.url;
  named.host = "localhost";
  const auto by_name = served.loop.run(served.client.fetch(named, {}, kLimit, by));
  const auto doubted = served.loop.run(doubting.fetch(served.url, {}, kLimit, by));

  EXPECT_TRUE(by_address) << by_address.error();
  EXPECT_TRUE(by_name) << by_name.error();
  ASSERT_TRUE(doubted.failed_with(Errc::Unavailable));
  EXPECT_NE(doubted.error().message.find("certificate"), std::string::npos) << doubted.error();
}

TEST(Tls, RefusesACertificateForAnotherName) {
  const TestCertificate certificate("DNS:elsewhere.example");
  const Listen where{"127.0.0.1", 0, "", certificate.cert_file(), certificate.key_file()};
  Served served(tell, {}, where, {certificate.cert_file()});

  EXPECT_TRUE(served.ask({}).failed_with(Errc::Unavailable));
}

TEST(Tls, NamesTheFileThatIsWrong) {
  Loop loop;
  const Listen where{"127.0.0.1", 0, "", "/nonexistent/cert.pem", "/nonexistent/key.pem"};
  const auto server = Server::start(where, {}, {}, loop.nursery);
  Client client(TlsOptions{"/nonexistent/ca.pem"});
  const Url url = *parse_url("https://127.0.0.1:1/");
  const auto answer = loop.run(client.fetch(url, {}, kLimit, Deadline::after(seconds(10))));

  ASSERT_TRUE(server.failed_with(Errc::Invalid));
  EXPECT_NE(server.error().message.find("/nonexistent/cert.pem"), std::string::npos);
  ASSERT_TRUE(answer.failed_with(Errc::NotFound));
  EXPECT_NE(answer.error().message.find("/nonexistent/ca.pem"), std::string::npos);
}

TEST(Server, SaysWhyItCannotListen) {
  Served served(tell);
  Nursery& nursery = served.loop.nursery;

  const auto taken = Server::start({"127.0.0.1", served.url.port}, {}, {}, nursery);
  const auto no_address = Server::start({"localhost"}, {}, {}, nursery);

  EXPECT_TRUE(taken.failed_with(Errc::Exhausted));
  EXPECT_TRUE(no_address.failed_with(Errc::Invalid));
}

struct UnixPath {
  UnixPath() {
    char folder_name[] = "/tmp/berth-http-XXXXXX";
    folder = ::mkdtemp(folder_name);
  }
  ~UnixPath() { std::filesystem::remove_all(folder); }
  std::string folder;
  std::string path() const { return folder + "/s.sock"; }
};

TEST(UnixSocket, IsForItsOwnerOnlyAndReplacesAStaleOne) {
  const UnixPath place;
  const Listen where{"", 0, place.path(), "", ""};
  const int stale = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, where.unix_path.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(stale, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(stale);

  Served served(tell, {}, where);
  struct stat made{};
  ASSERT_EQ(::stat(where.unix_path.c_str(), &made), 0);
  const auto answer = served.loop.run(served.client.fetch_unix(
      where.unix_path, {"GET", "/v1/tasks", {}, ""}, kLimit, Deadline::after(seconds(10))));

  EXPECT_EQ(made.st_mode & 0777, 0600u);
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->body, "GET /v1/tasks ");
}

TEST(UnixSocket, IsTakenOverFromWhoeverBoundItAndLeftThere) {
  const UnixPath place;
  const int bound = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, place.path().c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(bound, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(bound, 8), 0);
  Listen where{"", 0, place.path(), "", ""};
  where.inherited_fd = bound;

  {
    Served served(tell, {}, where);
    const auto answer = served.loop.run(served.client.fetch_unix(
        place.path(), {"GET", "/v1/tasks", {}, ""}, kLimit, Deadline::after(seconds(10))));
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(answer->body, "GET /v1/tasks ");
  }

  EXPECT_TRUE(std::filesystem::exists(place.path()));
}

TEST(UnixSocket, MustListenToBeTakenOver) {
  berth::testing::Loop loop;
  Listen where{"", 0, "", "", ""};
  where.inherited_fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  const auto server = Server::start(where, {}, {}, loop.nursery);

  ASSERT_TRUE(server.failed_with(Errc::Invalid));
  EXPECT_NE(server.error().message.find("not a listening socket"), std::string::npos);
}

TEST(UnixSocket, IsNotTakenFromALivingServer) {
  const UnixPath place;
  const Listen where{"", 0, place.path(), "", ""};
  Served served(tell, {}, where);

  EXPECT_TRUE(Server::start(where, {}, {}, served.loop.nursery).failed_with(Errc::Exhausted));
}

TEST(UnixSocket, IsRemovedWithItsServer) {
  const UnixPath place;
  {
    Served served(tell, {}, Listen{"", 0, place.path(), "", ""});
  }

  EXPECT_FALSE(std::filesystem::exists(place.path()));
}

}  // namespace
}  // namespace berth::http
