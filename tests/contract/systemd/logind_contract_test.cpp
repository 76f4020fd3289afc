// logind_contract_test.cpp - what the seam Logind promises, by the fake and over a real bus. What
// the real logind makes of it: tests/e2e/systemd.
#include "systemd/logind.hpp"

#include <gtest/gtest.h>

#include "base/readable.hpp"
#include "tests/fakes/fake_logind.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/private_bus.hpp"

namespace berth::testing {
namespace {

using namespace std::chrono_literals;
using systemd::LogindNews;

/// Somebody on a private bus; under logind's name as much of it as a lock needs.
class BusPeer {
 public:
  explicit BusPeer(const std::string& address) {
    sd_bus* made = nullptr;
    if (sd_bus_new(&made) < 0) std::terminate();
    bus.reset(made);
    check(sd_bus_set_address(made, address.c_str()));
    check(sd_bus_set_bus_client(made, 1));
    check(sd_bus_start(made));
  }

  void become_logind() {
    check(sd_bus_add_object(bus.get(), nullptr, kPath, &BusPeer::on_call, this));
    check(sd_bus_request_name(bus.get(), "org.freedesktop.login1", 0));
  }
  void end() { check(sd_bus_release_name(bus.get(), "org.freedesktop.login1")); }

  /// to: one alone; nullptr: whoever listens.
  void tell(bool what, const char* to = nullptr) {
    sd_bus_message* made = nullptr;
    check(sd_bus_message_new_signal(bus.get(), &made, kPath, kInterface, "PrepareForShutdown"));
    const systemd::Message message(made);
    check(sd_bus_message_append(made, "b", static_cast<int>(what)));
    if (to != nullptr) check(sd_bus_message_set_destination(made, to));
    check(sd_bus_send(bus.get(), made, nullptr));
    check(sd_bus_flush(bus.get()));
  }

  /// Of the connections on the bus.
  std::vector<std::string> names() {
    char** list = nullptr;
    check(sd_bus_list_names(bus.get(), &list, nullptr));
    std::vector<std::string> found;
    for (char** one = list; *one != nullptr; ++one) {
      if (**one == ':') found.emplace_back(*one);
      std::free(*one);
    }
    std::free(list);
    return found;
  }

  static Async<> serve(std::shared_ptr<BusPeer> self) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    Readable readable(executor, sd_bus_get_fd(self->bus.get()), "serve as logind");
    while (true) {
      int code = 1;
      while (code > 0) code = sd_bus_process(self->bus.get(), nullptr);
      if (code < 0) co_return ok();
      BERTH_CO_CHECK(co_await readable.wait());
    }
  }

  static void check(int code) {
    if (code < 0) throw std::runtime_error("sd-bus: " + std::to_string(-code));
  }

  systemd::Bus bus;
  GrantedLocks locks;
  bool goes_down = false;

 private:
  static constexpr const char* kPath = "/org/freedesktop/login1";
  static constexpr const char* kInterface = "org.freedesktop.login1.Manager";

  static int on_call(sd_bus_message* call, void* self, sd_bus_error* error) {
    BusPeer& peer = *static_cast<BusPeer*>(self);
    if (sd_bus_message_is_method_call(call, kInterface, "Inhibit") == 0) return 0;
    const char* what = nullptr;
    const char* who = nullptr;
    const char* why = nullptr;
    const char* mode = nullptr;
    if (const int code = sd_bus_message_read(call, "ssss", &what, &who, &why, &mode); code < 0) {
      return code;
    }
    if (std::string(what) + "/" + mode != "shutdown/delay") return -EINVAL;
    if (peer.goes_down) {
      return sd_bus_error_set(error, "org.freedesktop.login1.OperationInProgress", "goes down");
    }
    const UniqueFd lock = peer.locks.grant();
    return sd_bus_reply_method_return(call, "h", lock.get());
  }
};

struct Faked {
  explicit Faked(Loop& loop) : logind(loop.io.get_executor()) {}

  void start() { logind.start(); }
  void stop() { logind.stop(); }
  void go_down() { logind.go_down(); }
  void stay() { logind.stay(); }
  void end_bus() { logind.end_bus(); }
  void begin_bus() { logind.begin_bus(); }
  std::size_t locks() const { return logind.locks.held(); }

  FakeLogind logind;
};

struct OnABus {
  explicit OnABus(Loop& to) : loop(to), logind(to.io.get_executor()) {}

  void start() {
    peer = std::make_shared<BusPeer>(bus.address());
    peer->become_logind();
    loop.nursery.start("peer", BusPeer::serve(peer));
  }
  void stop() {
    peer->end();
    loop.nursery.cancel("peer");
    peer.reset();
  }
  void go_down() { peer->tell(peer->goes_down = true); }
  void stay() { peer->tell(peer->goes_down = false); }
  void end_bus() { bus.stop(); }
  void begin_bus() { bus.start(); }
  std::size_t locks() const { return peer->locks.held(); }

  Loop& loop;
  PrivateBus bus;
  std::shared_ptr<BusPeer> peer;
  systemd::BusLogind logind;
};

template <class World>
class LogindContract : public ::testing::Test {
 protected:
  ~LogindContract() override { loop.stop(); }

  Deadline soon() const { return Deadline::after(10s); }
  Result<bool> listen() { return loop.run(world.logind.listen(soon())); }
  Result<UniqueFd> take() {
    return loop.run(world.logind.delay_shutdown({"somebody", "a test"}, soon()));
  }
  Result<LogindNews> next() { return loop.run(before(soon(), world.logind.next(), "news")); }

  Loop loop;
  World world{loop};
};

using Worlds = ::testing::Types<Faked, OnABus>;
TYPED_TEST_SUITE(LogindContract, Worlds);

TYPED_TEST(LogindContract, SaysWhetherLogindRuns) {
  EXPECT_EQ(this->listen().value(), false);

  this->world.start();
  EXPECT_EQ(this->listen().value(), true);
}

TYPED_TEST(LogindContract, HasAShutdownWaitUntilItIsLetGo) {
  this->world.start();
  ASSERT_TRUE(this->listen());

  Result<UniqueFd> lock = this->take();
  ASSERT_TRUE(lock) << lock.error();
  EXPECT_EQ(this->world.locks(), 1U);

  lock->reset();
  EXPECT_EQ(this->world.locks(), 0U);
}

TYPED_TEST(LogindContract, GrantsNothingWithoutLogind) {
  ASSERT_TRUE(this->listen());

  const Result<UniqueFd> lock = this->take();

  EXPECT_TRUE(lock.failed_with(Errc::NotFound) || lock.failed_with(Errc::Unavailable));
}

TYPED_TEST(LogindContract, GrantsNothingWhenNobodyListens) {
  this->world.start();

  EXPECT_TRUE(this->take().failed_with(Errc::Unavailable));
}

TYPED_TEST(LogindContract, TellsWhatBecomesOfTheHost) {
  this->world.start();
  ASSERT_TRUE(this->listen());

  this->world.go_down();
  EXPECT_EQ(this->next().value(), LogindNews::GoesDown);
  EXPECT_TRUE(this->take().failed_with(Errc::Exhausted));

  this->world.stay();
  EXPECT_EQ(this->next().value(), LogindNews::Stays);
  EXPECT_TRUE(this->take());
}

TYPED_TEST(LogindContract, TellsThatLogindHasCome) {
  ASSERT_TRUE(this->listen());

  this->world.start();
  EXPECT_EQ(this->next().value(), LogindNews::Appeared);
  EXPECT_TRUE(this->take());

  this->world.stop();
  this->world.start();
  EXPECT_EQ(this->next().value(), LogindNews::Appeared);
}

TYPED_TEST(LogindContract, EndsWithTheBusAndBeginsAnew) {
  ASSERT_TRUE(this->listen());

  this->world.end_bus();
  EXPECT_TRUE(this->next().failed_with(Errc::Unavailable));
  const Result<bool> without = this->listen();
  EXPECT_TRUE(without.failed_with(Errc::NotFound) || without.failed_with(Errc::Unavailable));

  this->world.begin_bus();
  this->world.start();
  EXPECT_EQ(this->listen().value(), true);
}

TYPED_TEST(LogindContract, EndsItsWaitWhenCancelled) {
  ASSERT_TRUE(this->listen());

  const Result<LogindNews> none =
      this->loop.run(before(Deadline::after(1ms), this->world.logind.next(), "news"));

  EXPECT_TRUE(none.failed_with(Errc::TimedOut));
}

class BusLogindTest : public ::testing::Test {
 protected:
  ~BusLogindTest() override { loop.stop(); }

  static Async<> hear(systemd::Logind& logind, std::optional<LogindNews>& into) {
    BERTH_CO_TRY(into, co_await logind.next());
    co_return ok();
  }

  Loop loop;
  OnABus world{loop};
};

TEST_F(BusLogindTest, IsNotToldOfAShutdownByOthers) {
  world.start();
  ASSERT_TRUE(loop.run(world.logind.listen(Deadline::after(10s))));
  BusPeer other(world.bus.address());

  for (const std::string& name : other.names()) other.tell(true, name.c_str());
  other.names();  // the bus has handed them on
  world.stay();

  const Deadline by = Deadline::after(10s);
  EXPECT_EQ(loop.run(before(by, world.logind.next(), "news")).value(), LogindNews::Stays);
}

TEST_F(BusLogindTest, SleepsWhileNothingHappens) {
  ASSERT_TRUE(loop.run(world.logind.listen(Deadline::after(10s))));
  std::optional<LogindNews> heard;
  loop.nursery.start("hear", hear(world.logind, heard));

  loop.io.restart();
  EXPECT_LT(loop.io.run_for(100ms), 50U);  // what the bus had still to say

  EXPECT_FALSE(heard);
}

TEST_F(BusLogindTest, GivesUpOnALogindThatDoesNotAnswer) {
  BusPeer hangs(world.bus.address());
  hangs.become_logind();
  ASSERT_TRUE(loop.run(world.logind.listen(Deadline::after(10s))));

  const Deadline by = Deadline::after(20ms);
  const auto lock = loop.run(world.logind.delay_shutdown({"somebody", "a test"}, by));

  EXPECT_TRUE(lock.failed_with(Errc::TimedOut)) << lock.error();
}

}  // namespace
}  // namespace berth::testing
