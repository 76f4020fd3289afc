// watchdog_test.cpp - when there are signs of life, and when there are none.
#include "agent/service/watchdog.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_node_book.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/systemd/datagram_socket.hpp"

namespace berth::service {
namespace {

using namespace std::chrono_literals;

class Watchdog : public ::testing::Test {
 protected:
  ~Watchdog() override { loop.stop(); }

  void start(const std::string& usec) {
    auto opened = systemd::Notifier::open({manager.name(), usec, ""});
    ASSERT_TRUE(opened) << opened.error();
    notifier.emplace(std::move(*opened));
    loop.nursery.start("watchdog", feed_watchdog(*notifier, book, clock, [this] { ++rounds; }));
    run();
  }
  void run() {
    loop.io.restart();
    loop.io.poll();
  }
  void pass(std::chrono::seconds time) {
    clock.advance(time);
    run();
  }
  /// How many signs have come since the last look.
  int signs() {
    int count = 0;
    while (manager.next() == "WATCHDOG=1") ++count;
    return count;
  }

  berth::testing::Loop loop;
  berth::testing::DatagramSocket manager{berth::testing::unique_socket_name("@")};
  berth::testing::FakeClock clock;
  berth::testing::FakeNodeBook book{loop.io.get_executor()};
  std::optional<systemd::Notifier> notifier;
  int rounds = 0;
};

TEST_F(Watchdog, IsFedFourTimesInTheTimeItAllows) {
  start("40000000");
  EXPECT_EQ(signs(), 1);

  pass(9s);
  EXPECT_EQ(signs(), 0);
  pass(1s);
  EXPECT_EQ(signs(), 1);

  EXPECT_EQ(book.pulse, clock.wall());
  EXPECT_EQ(rounds, 2);
}

TEST_F(Watchdog, IsNotFedWhileTheStoreHangs) {
  start("40000000");
  EXPECT_EQ(signs(), 1);
  book.writes.shut();

  pass(10s);
  pass(40s);
  EXPECT_EQ(signs(), 0);

  book.writes.open();
  run();
  EXPECT_EQ(signs(), 1);
}

TEST_F(Watchdog, IsNotFedByADamagedStore) {
  book.plan.fail_call(1, Error{Errc::Broken, 0, "malformed"});

  start("40000000");
  EXPECT_EQ(signs(), 0);
  EXPECT_EQ(rounds, 1);

  pass(10s);
  EXPECT_EQ(signs(), 1);
}

TEST_F(Watchdog, IsFedWhenTheDiskIsFull) {
  book.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});

  start("40000000");

  EXPECT_EQ(signs(), 1);
}

TEST_F(Watchdog, IsLeftAloneWhenNobodyWatches) {
  start("");

  EXPECT_EQ(signs(), 0);
  EXPECT_EQ(rounds, 0);
  EXPECT_EQ(loop.nursery.running(), 0U);
}

}  // namespace
}  // namespace berth::service
