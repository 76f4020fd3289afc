// notify_test.cpp - what arrives at a socket that plays the service manager.
#include "systemd/notify.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>

namespace berth::systemd {

using namespace std::chrono_literals;

/// Listens as systemd does.
class FakeServiceManager {
 public:
  explicit FakeServiceManager(std::string name) : name_(std::move(name)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, name_.data(), name_.size());
    if (name_.front() == '@') at.sun_path[0] = '\0';
    socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    bound_ = ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), length) == 0;
  }
  ~FakeServiceManager() {
    if (name_.front() == '/') std::filesystem::remove(name_);
  }

  std::string next() {
    char text[512];
    const ssize_t got = ::recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
    return got < 0 ? "(nothing)" : std::string(text, static_cast<std::size_t>(got));
  }
  bool is_bound() const { return bound_; }
  NotifyEnvironment environment() const { return {name_, "", ""}; }

 private:
  std::string name_;
  UniqueFd socket_;
  bool bound_ = false;
};

std::string unique_name(const char* begin) {
  return begin + std::string("berth-notify-test-") + std::to_string(::getpid());
}

TEST(Notifier, SendsEachStateAsOneDatagram) {
  for (const std::string& name : {unique_name("@"), unique_name("/tmp/")}) {
    FakeServiceManager manager(name);
    ASSERT_TRUE(manager.is_bound()) << name;
    auto notifier = Notifier::open(manager.environment());
    ASSERT_TRUE(notifier) << notifier.error();

    EXPECT_TRUE(notifier->ready());
    EXPECT_TRUE(notifier->status("running 3 tasks\nREADY=1"));
    EXPECT_TRUE(notifier->watchdog());
    EXPECT_TRUE(notifier->stopping());

    EXPECT_EQ(manager.next(), "READY=1");
    EXPECT_EQ(manager.next(), "STATUS=running 3 tasks");
    EXPECT_EQ(manager.next(), "WATCHDOG=1");
    EXPECT_EQ(manager.next(), "STOPPING=1");
    EXPECT_EQ(manager.next(), "(nothing)");
  }
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
  FakeServiceManager manager(unique_name("@full-"));
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
