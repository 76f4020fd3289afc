// notify_test.cpp - what arrives at a socket that plays the service manager.
#include "systemd/notify.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/systemd/datagram_socket.hpp"

namespace berth::systemd {

using namespace std::chrono_literals;

/// Listens as systemd does.
class FakeServiceManager : public berth::testing::DatagramSocket {
 public:
  using DatagramSocket::DatagramSocket;
  NotifyEnvironment environment() const { return {name(), "", ""}; }
};

using berth::testing::unique_socket_name;

TEST(Notifier, SendsEachStateAsOneDatagram) {
  for (const std::string& name : {unique_socket_name("@"), unique_socket_name("/tmp/")}) {
    FakeServiceManager manager(name);
    ASSERT_TRUE(manager.is_bound()) << name;
    auto notifier = Notifier::open(manager.environment());
    ASSERT_TRUE(notifier) << notifier.error();

    EXPECT_TRUE(notifier->ready());
    EXPECT_TRUE(notifier->status("running 3 tasks\nREADY=1"));
    EXPECT_TRUE(notifier->watchdog());
    EXPECT_TRUE(notifier->stopping());
    EXPECT_TRUE(notifier->needs(2s));

    EXPECT_EQ(manager.next(), "READY=1");
    EXPECT_EQ(manager.next(), "STATUS=running 3 tasks");
    EXPECT_EQ(manager.next(), "WATCHDOG=1");
    EXPECT_EQ(manager.next(), "STOPPING=1");
    EXPECT_EQ(manager.next(), "EXTEND_TIMEOUT_USEC=2000000");
    EXPECT_EQ(manager.next(), "(nothing)");
  }
}

TEST(Notifier, TellsThatItIsReadyOnceThereIsRoom) {
  FakeServiceManager manager(unique_socket_name("@"));
  auto notifier = Notifier::open(manager.environment());
  ASSERT_TRUE(notifier) << notifier.error();
  while (notifier->status("busy")) {
  }

  EXPECT_TRUE(notifier->ready().failed_with(Errc::Unavailable));
  while (manager.next() == "STATUS=busy") {
  }
  EXPECT_TRUE(notifier->watchdog());
  EXPECT_TRUE(notifier->watchdog());

  EXPECT_EQ(manager.next(), "READY=1\nWATCHDOG=1");
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
}

TEST(Notifier, TellsSinceWhenItReloads) {
  FakeServiceManager manager(unique_socket_name("@"));
  auto notifier = Notifier::open(manager.environment());
  ASSERT_TRUE(notifier) << notifier.error();

  EXPECT_TRUE(notifier->reloading(std::chrono::steady_clock::time_point(1234567us)));

  EXPECT_EQ(manager.next(), "RELOADING=1\nMONOTONIC_USEC=1234567");
}

TEST(Notifier, DoesNothingWithoutAServiceManager) {
  auto notifier = Notifier::open({"", "1000000", ""});

  ASSERT_TRUE(notifier) << notifier.error();
  EXPECT_FALSE(notifier->is_listened_to());
  EXPECT_EQ(notifier->watchdog_interval(), std::nullopt);
  EXPECT_TRUE(notifier->ready());
}

TEST(Notifier, SaysSoWhenNobodyListens) {
  auto notifier = Notifier::open({"/tmp/berth-notify-test-nobody", "", ""});
  ASSERT_TRUE(notifier) << notifier.error();

  EXPECT_TRUE(notifier->ready().failed_with(Errc::NotFound));
}

TEST(Notifier, NeverWaitsForAFullQueue) {
  FakeServiceManager manager(unique_socket_name("@"));
  auto notifier = Notifier::open(manager.environment());
  ASSERT_TRUE(notifier) << notifier.error();

  Result<> sent = ok();
  for (int i = 0; i < 100'000 && sent; ++i) sent = notifier->watchdog();

  EXPECT_TRUE(sent.failed_with(Errc::Unavailable));
}

TEST(Notifier, RefusesAnAddressItCannotUse) {
  EXPECT_TRUE(Notifier::open({"relative", "", ""}).failed_with(Errc::Invalid));
  EXPECT_TRUE(Notifier::open({"@", "", ""}).failed_with(Errc::Invalid));
  EXPECT_TRUE(Notifier::open({"/" + std::string(200, 'x'), "", ""}).failed_with(Errc::Invalid));
}

TEST(Notifier, HalvesTheWatchdogOfThisProcessOnly) {
  struct Case {
    std::string usec;
    std::string pid;
    std::optional<std::chrono::microseconds> interval;
  };
  const Case cases[] = {
      {"30000000", "", 15s},           {"30000000", std::to_string(::getpid()), 15s},
      {"30000000", "1", std::nullopt}, {"", "", std::nullopt},
      {"0", "", std::nullopt},         {"soon", "", std::nullopt}};
  for (const Case& one : cases) {
    const auto notifier = Notifier::open({"@berth-notify-test", one.usec, one.pid});

    ASSERT_TRUE(notifier) << notifier.error();
    EXPECT_EQ(notifier->watchdog_interval(), one.interval) << one.usec << " " << one.pid;
  }
}

}  // namespace berth::systemd
