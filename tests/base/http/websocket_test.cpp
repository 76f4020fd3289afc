// websocket_test.cpp - both ends of a websocket, on loopback.
#include "base/http/websocket.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

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

[[maybe_unused]] const auto* const websocket_netns = berth::testing::OwnNetns::for_this_program();

/// What the server's side saw, for the test to look at.
struct Seen {
  std::optional<Request> asked;
  std::optional<Closed> closed;
  std::vector<std::string> messages;
};

Async<std::optional<Response>> let_in(Seen* seen, Request request) {
  seen->asked = std::move(request);
  co_return std::nullopt;
}

Async<std::optional<Response>> turn_away(Request, Peer) {
  Response refusal;
  refusal.status = 400;
  refusal.headers = {{"Content-Type", "application/json"}};
  refusal.body = R"({"InactiveInstanceException":"gone"})";
  co_return refusal;
}

/// Sends each message back; some words ask for more.
Async<> converse(Seen* seen, std::unique_ptr<WebSocket> socket) {
  for (;;) {
    Result<std::string> message = co_await socket->read(Deadline::never());
    if (!message) break;
    seen->messages.push_back(*message);
    if (*message == "hang up") co_return ok();
    if (*message == "say nothing") continue;
    if (*message == "close") {
      Closed why{1001, "going away"};
      co_await socket->close(why, Deadline::after(seconds(10)));
      co_return ok();
    }
    co_await socket->write(std::move(*message), Deadline::after(seconds(10)));
  }
  seen->closed = socket->closed();
  co_return ok();
}

struct Talk {
  Loop loop;
  Seen seen;
  std::unique_ptr<Server> server;
  Url url;

  explicit Talk(UpgradeGate gate = {}, Listen where = {"127.0.0.1"}) {
    Server::Handlers handlers;
    handlers.gate = gate ? std::move(gate) : [this](Request request, Peer) {
      return let_in(&seen, std::move(request));
    };
    handlers.conversation = [this](Request, std::unique_ptr<WebSocket> socket, Peer) {
      return converse(&seen, std::move(socket));
    };
    auto started = Server::start(where, std::move(handlers), {}, loop.nursery);
    if (!started) throw std::runtime_error(started.error().text());
    server = std::move(*started);
    const std::string scheme = where.tls_cert.empty() ? "ws" : "wss";
    url =
        *parse_url(scheme + "://127.0.0.1:" + std::to_string(server->port()) + "/acs/ws?a=b+c%2B");
  }
  ~Talk() { loop.stop(); }

  Result<Upgrade> connect(Headers headers = {}, TlsOptions tls = {}) {
    return loop.run(connect_websocket(url, std::move(headers), tls, Deadline::after(seconds(10))));
  }
  std::unique_ptr<WebSocket> open(TlsOptions tls = {}) {
    auto upgraded = connect({}, tls);
    if (!upgraded || !upgraded->socket) throw std::runtime_error("no websocket");
    return std::move(upgraded->socket);
  }
  Result<> write(WebSocket& socket, std::string text) {
    return loop.run(socket.write(std::move(text), Deadline::after(seconds(10))));
  }
  Result<std::string> read(WebSocket& socket, Deadline by = Deadline::after(seconds(10))) {
    return loop.run(socket.read(by));
  }
};

TEST(WebSocket, SendsTheUpgradeAsItWasGiven) {
  Talk talk;

  const auto upgraded = talk.connect({{"X-Amz-Date", "20260101T000000Z"}, {"User-Agent", "me/1"}});

  ASSERT_TRUE(upgraded && upgraded->socket);
  EXPECT_EQ(talk.seen.asked->target, "/acs/ws?a=b+c%2B");
  EXPECT_EQ(find_header(talk.seen.asked->headers, "x-amz-date"), "20260101T000000Z");
  EXPECT_EQ(find_header(talk.seen.asked->headers, "User-Agent"), "me/1");
  EXPECT_EQ(find_header(talk.seen.asked->headers, "Host"), talk.url.authority());
}

TEST(WebSocket, CarriesMessagesBothWays) {
  Talk talk;
  auto socket = talk.open();
  const std::string large(3 << 20, 'x');

  for (const std::string& text : {std::string("hello"), std::string(), large}) {
    ASSERT_TRUE(talk.write(*socket, text));
    const auto echoed = talk.read(*socket);
    ASSERT_TRUE(echoed) << echoed.error();
    EXPECT_EQ(echoed->size(), text.size());
    EXPECT_TRUE(*echoed == text);
  }
}

TEST(WebSocket, WorksOverTls) {
  const TestCertificate certificate;
  Talk talk({}, {"127.0.0.1", 0, "", certificate.cert_file(), certificate.key_file()});
  auto socket = talk.open({certificate.cert_file()});

  ASSERT_TRUE(talk.write(*socket, "over tls"));

  EXPECT_EQ(*talk.read(*socket), "over tls");
  ASSERT_TRUE(talk.write(*socket, "hang up"));
  EXPECT_TRUE(talk.read(*socket).failed_with(Errc::Unavailable));
  EXPECT_EQ(socket->closed()->code, 1006);
}

TEST(WebSocket, ShowsTheRefusalWithItsBody) {
  Talk talk(turn_away);

  const auto upgraded = talk.connect();

  ASSERT_TRUE(upgraded) << upgraded.error();
  EXPECT_EQ(upgraded->socket, nullptr);
  EXPECT_EQ(upgraded->refusal.status, 400);
  EXPECT_EQ(upgraded->refusal.body, R"({"InactiveInstanceException":"gone"})");
}

TEST(WebSocket, WritesQueueInOrder) {
  Talk talk;
  auto socket = talk.open();
  int written = 0;
  auto write_one = [](WebSocket& to, std::string text, int& count) -> Async<> {
    const auto sent = co_await to.write(std::move(text), Deadline::after(seconds(10)));
    if (sent) ++count;
    co_return sent;
  };

  for (int nth = 0; nth < 20; ++nth) {
    std::string text = std::to_string(nth) + std::string(nth * 10'000, '.');
    talk.loop.nursery.start("write", write_one(*socket, std::move(text), written));
  }

  for (int nth = 0; nth < 20; ++nth) {
    const auto echoed = talk.read(*socket);
    ASSERT_TRUE(echoed) << echoed.error();
    EXPECT_EQ(echoed->substr(0, echoed->find('.')), std::to_string(nth));
  }
  EXPECT_EQ(written, 20);
}

TEST(WebSocket, TellsHowTheOtherSideClosed) {
  Talk talk;
  auto socket = talk.open();

  ASSERT_TRUE(talk.write(*socket, "close"));
  const auto after = talk.read(*socket);

  EXPECT_TRUE(after.failed_with(Errc::Unavailable));
  ASSERT_TRUE(socket->closed());
  EXPECT_EQ(socket->closed()->code, 1001);
  EXPECT_EQ(socket->closed()->reason, "going away");
  EXPECT_TRUE(talk.write(*socket, "more").failed_with(Errc::Unavailable));
}

TEST(WebSocket, TellsAnAbruptEndAs1006) {
  Talk talk;
  auto socket = talk.open();

  ASSERT_TRUE(talk.write(*socket, "hang up"));
  const auto after = talk.read(*socket);

  EXPECT_TRUE(after.failed_with(Errc::Unavailable));
  ASSERT_TRUE(socket->closed());
  EXPECT_EQ(socket->closed()->code, 1006);
}

TEST(WebSocket, ClosesWithCodeAndReason) {
  Talk talk;
  auto socket = talk.open();

  const auto closed = talk.loop.run(socket->close(
      {1000, "ConnectionExpired: Reconnect to continue"}, Deadline::after(seconds(10))));
  talk.loop.stop();

  EXPECT_TRUE(closed);
  ASSERT_TRUE(talk.seen.closed);
  EXPECT_EQ(talk.seen.closed->code, 1000);
  EXPECT_EQ(talk.seen.closed->reason, "ConnectionExpired: Reconnect to continue");
}

TEST(WebSocket, ClosingEndsAReadThatWaits) {
  Talk talk;
  auto socket = talk.open();
  Result<std::string> got;
  auto read_one = [](WebSocket& from, Result<std::string>& out) -> Async<> {
    out = co_await from.read(Deadline::never());
    co_return ok();
  };
  talk.loop.nursery.start("read", read_one(*socket, got));
  ASSERT_TRUE(talk.write(*socket, "say nothing"));

  const auto closed = talk.loop.run(socket->close({1000, ""}, Deadline::after(seconds(10))));
  talk.loop.stop();

  EXPECT_TRUE(closed);
  EXPECT_TRUE(got.failed_with(Errc::Unavailable)) << got.error();
}

TEST(WebSocket, SurvivesAReadThatWasGivenUp) {
  Talk talk;
  auto socket = talk.open();

  const auto nothing = talk.read(*socket, Deadline::after(milliseconds(20)));
  ASSERT_TRUE(talk.write(*socket, "late"));
  const auto late = talk.read(*socket);

  EXPECT_TRUE(nothing.failed_with(Errc::TimedOut));
  ASSERT_TRUE(late) << late.error();
  EXPECT_EQ(*late, "late");
}

TEST(WebSocket, ReadEndsWhenCancelled) {
  Talk talk;
  auto socket = talk.open();
  Result<std::string> got;
  auto read_one = [](WebSocket& from, Result<std::string>& out) -> Async<> {
    out = co_await from.read(Deadline::after(seconds(100)));
    co_return ok();
  };
  Nursery reader(talk.loop.io.get_executor());
  reader.start("read", read_one(*socket, got));
  ASSERT_TRUE(talk.write(*socket, "say nothing"));

  ASSERT_TRUE(talk.loop.run(reader.stop()));

  EXPECT_TRUE(got.failed_with(Errc::Cancelled)) << got.error();
}

TEST(WebSocket, RefusesAMessagePast4MiB) {
  Talk talk;
  auto socket = talk.open();

  // The refusal may come while the rest is still on its way, so the write may fail or not.
  (void)talk.write(*socket, std::string((4 << 20) + 1, 'x'));
  const auto after = talk.read(*socket);
  talk.loop.stop();

  EXPECT_TRUE(after.failed_with(Errc::Unavailable));
  EXPECT_TRUE(talk.seen.messages.empty());
}

/// Answers the upgrade, then never reads or writes again until the test ends.
Async<> deaf_server(asio::ip::tcp::acceptor& acceptor, std::string answer) {
  auto accepted = co_await acceptor.async_accept(use_result);
  asio::ip::tcp::socket socket = std::move(std::get<1>(accepted));
  std::string head;
  co_await asio::async_read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n", use_result);
  co_await asio::async_write(socket, asio::buffer(answer), use_result);
  asio::steady_timer timer(co_await asio::this_coro::executor, Deadline::never().at);
  co_await timer.async_wait(use_result);
  co_return ok();
}

TEST(WebSocket, UpgradeGivesUpOnAServerThatDoesNotSpeakIt) {
  Loop loop;
  asio::ip::tcp::acceptor acceptor{loop.io, {asio::ip::address_v4::loopback(), 0}};
  const Url url =
      *parse_url("ws://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/");
  loop.nursery.start("silent", deaf_server(acceptor, ""));

  const auto silent = loop.run(connect_websocket(url, {}, {}, Deadline::after(milliseconds(30))));
  loop.nursery.start("garbage", deaf_server(acceptor, "garbage\r\n\r\n"));
  const auto garbage = loop.run(connect_websocket(url, {}, {}, Deadline::after(seconds(10))));
  loop.stop();

  EXPECT_TRUE(silent.failed_with(Errc::TimedOut));
  EXPECT_TRUE(garbage.failed_with(Errc::Broken));
}

}  // namespace
}  // namespace berth::http
