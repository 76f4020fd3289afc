// connection_test.cpp - calls, streams, deadlines and cancelling over a real channel.
#include "containerd_api/connection.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>

#include "base/nursery.hpp"
#include "tests/containerd_api/echo_server.hpp"

namespace berth::containerd_api {
namespace {

using namespace std::chrono_literals;

/// A socket's path in a folder of its own.
class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    std::string path = ::testing::TempDir() + "berth-connection-XXXXXX";
    folder_ = ::mkdtemp(path.data());
  }
  ~ConnectionTest() override { std::filesystem::remove_all(folder_); }

  std::string socket() const { return folder_ + "/socket"; }

  /// Runs to the end of `work`; its outcome. The loop stops itself when nothing is left to do.
  template <class T>
  Result<T> run(Async<T> work) {
    Result<T> outcome;
    asio::co_spawn(io_, std::move(work), [&](std::exception_ptr thrown, Result<T> result) {
      if (thrown) std::rethrow_exception(thrown);
      outcome = std::move(result);
    });
    io_.restart();
    io_.run();
    return outcome;
  }

  asio::io_context io_;
  std::string folder_;
};

Async<std::vector<std::string>> read_all(ByteStream& stream) {
  std::vector<std::string> all;
  while (true) {
    Result<std::optional<std::string>> got = co_await stream.read();
    if (!got) co_return std::move(got).error();
    if (!*got) break;
    all.push_back(std::move(**got));
  }
  Result<> ended = co_await stream.finish();
  if (!ended) co_return std::move(ended).error();
  co_return all;
}

Async<std::vector<std::string>> ask_and_read(ByteStream& stream, std::string request) {
  Result<> sent = co_await stream.write(std::move(request), true);
  if (!sent) co_return std::move(sent).error();
  Result<std::vector<std::string>> all = co_await read_all(stream);
  co_return all;
}

TEST_F(ConnectionTest, BringsTheReplyOfACall) {
  testing::EchoServer server(socket());
  Connection connection(io_.get_executor(), socket(), "berth");

  auto answer = run(connection.call_bytes("/t.T/Echo", "hello", Deadline::after(60s), ""));

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(*answer, "hello");
}

TEST_F(ConnectionTest, SendsNamespaceAndLease) {
  testing::EchoServer server(socket());
  Connection connection(io_.get_executor(), socket(), "berth");

  auto with = run(connection.call_bytes("/t.T/Headers", "x", Deadline::after(60s), "lease-1"));
  auto without = run(connection.call_bytes("/t.T/Headers", "x", Deadline::after(60s), ""));

  EXPECT_EQ(std::move(with).value_or(""), "berth/lease-1");
  EXPECT_EQ(std::move(without).value_or(""), "berth/-");
}

TEST_F(ConnectionTest, TellsTheStatusOfAFailedCall) {
  testing::EchoServer server(socket());
  Connection connection(io_.get_executor(), socket(), "berth");

  auto answer = run(connection.call_bytes("/t.T/Fail", "", Deadline::after(60s), ""));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), (Error{Errc::NotFound, 0, "/t.Fail: no such thing"}));
}

TEST_F(ConnectionTest, DoesNotWaitForAPeer) {
  Connection connection(io_.get_executor(), socket(), "berth");

  // One that waited would have no end, or that of its deadline: TimedOut.
  auto answer = run(connection.call_bytes("/t.T/Echo", "", Deadline::after(60s), ""));

  EXPECT_TRUE(answer.failed_with(Errc::Unavailable)) << answer.error();
}

TEST_F(ConnectionTest, MayGoAsSoonAsACallHasEnded) {
  // Each round ends with the last channel of the process, while gRPC's thread leaves the call's
  // end.
  for (int round = 0; round < 300; ++round) {
    Connection connection(io_.get_executor(), socket(), "berth");
    auto answer = run(connection.call_bytes("/t.T/Echo", "", Deadline::after(60s), ""));
    ASSERT_TRUE(answer.failed_with(Errc::Unavailable)) << answer.error();
  }
}

TEST_F(ConnectionTest, ConnectsAgainWhenThePeerComesBack) {
  Connection connection(io_.get_executor(), socket(), "berth");
  auto early = run(connection.call_bytes("/t.T/Echo", "", Deadline::after(60s), ""));
  testing::EchoServer server(socket());

  Result<std::string> answer;
  const auto give_up = Deadline::after(10s);
  do {
    answer = run(connection.call_bytes("/t.T/Echo", "back", Deadline::after(60s), ""));
  } while (!answer && !give_up.has_passed());

  EXPECT_TRUE(early.failed_with(Errc::Unavailable));
  EXPECT_EQ(std::move(answer).value_or(""), "back");
}

TEST_F(ConnectionTest, EndsACallAtItsDeadline) {
  testing::EchoServer server(socket());
  Connection connection(io_.get_executor(), socket(), "berth");

  auto answer = run(connection.call_bytes("/t.T/Hang", "", Deadline::after(50ms), ""));

  EXPECT_TRUE(answer.failed_with(Errc::TimedOut)) << answer.error();
}

TEST_F(ConnectionTest, RefusesACallWhoseDeadlineHasPassed) {
  Connection connection(io_.get_executor(), socket(), "berth");

  auto answer = run(connection.call_bytes("/t.T/Echo", "", Deadline::after(-1s), ""));

  EXPECT_TRUE(answer.failed_with(Errc::TimedOut));
}

Async<> call_into(Connection& connection, std::string path, std::optional<Error>& error) {
  Result<std::string> answer = co_await connection.call_bytes(path, "", Deadline::never(), "");
  if (!answer) error = answer.error();
  co_return ok();
}

TEST_F(ConnectionTest, CancelsTheCallWithItsCoroutine) {
  testing::EchoServer server(socket());
  Connection connection(io_.get_executor(), socket(), "berth");
  Nursery nursery(io_.get_executor());
  std::optional<Error> error;
  nursery.start("hang", call_into(connection, "/t.T/Hang", error));
  io_.poll();
  server.wait_until_hanging();

  auto stopped = run(nursery.stop());

  ASSERT_TRUE(stopped);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::Cancelled);
  server.wait_until_cancelled(1);
}

TEST_F(ConnectionTest, ReadsAllMessagesOfAStream) {
  testing::EchoServer server(socket());
  Connection connection(io_.get_executor(), socket(), "berth");
  ByteStream stream = connection.open_bytes("/t.T/Count", Deadline::after(60s), "");

  auto all = run(ask_and_read(stream, "3"));

  ASSERT_TRUE(all) << all.error();
  EXPECT_EQ(*all, (std::vector<std::string>{"3", "2", "1"}));
}

Async<std::string> talk(ByteStream& stream) {
  std::string heard;
  for (std::string word : {"one", "two"}) {
    Result<> sent = co_await stream.write(word, false);
    if (!sent) co_return std::move(sent).error();
    Result<std::optional<std::string>> got = co_await stream.read();
    if (!got || !*got) co_return Error{Errc::Broken, 0, "nothing came back"};
    heard += **got + " ";
  }
  Result<> sent = co_await stream.write("end", true);
  if (!sent) co_return std::move(sent).error();
  Result<std::vector<std::string>> rest = co_await read_all(stream);
  if (!rest) co_return std::move(rest).error();
  co_return heard + rest->front();
}

TEST_F(ConnectionTest, TalksBothWaysOnOneStream) {
  testing::EchoServer server(socket());
  Connection connection(io_.get_executor(), socket(), "berth");
  ByteStream stream = connection.open_bytes("/t.T/Echo", Deadline::after(60s), "");

  auto heard = run(talk(stream));

  EXPECT_EQ(std::move(heard).value_or("nothing"), "one two end");
}

TEST_F(ConnectionTest, TellsHowAFailedStreamEnded) {
  testing::EchoServer server(socket());
  Connection connection(io_.get_executor(), socket(), "berth");
  ByteStream stream = connection.open_bytes("/t.T/Fail", Deadline::after(60s), "");

  auto all = run(ask_and_read(stream, "x"));

  EXPECT_TRUE(all.failed_with(Errc::NotFound));
}

TEST_F(ConnectionTest, CancelsAStreamThatIsDropped) {
  testing::EchoServer server(socket());
  Connection connection(io_.get_executor(), socket(), "berth");
  {
    ByteStream stream = connection.open_bytes("/t.T/Hang", Deadline::never(), "");
    auto sent = run(stream.write("x", false));
    ASSERT_TRUE(sent) << sent.error();
    server.wait_until_hanging();
  }

  io_.restart();
  io_.run();

  server.wait_until_cancelled(1);
  EXPECT_EQ(server.cancelled(), 1);
}

TEST_F(ConnectionTest, LetsGoOfCallsNobodyWaitsForAnyMore) {
  testing::EchoServer server(socket());
  {
    Connection connection(io_.get_executor(), socket(), "berth");
    asio::co_spawn(io_, connection.call_bytes("/t.T/Hang", "", Deadline::never(), ""),
                   [](std::exception_ptr, Result<std::string>) {});
    io_.restart();
    io_.poll();
    server.wait_until_hanging();
  }

  server.wait_until_cancelled(1);
  EXPECT_EQ(server.cancelled(), 1);
}

}  // namespace
}  // namespace berth::containerd_api
