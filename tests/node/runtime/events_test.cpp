// events_test.cpp - what a real engine says happened.
#include <csignal>

#include "runtime/event_stream.hpp"
#include "tests/node/runtime/engine.hpp"

namespace berth::testing {
namespace {

class EventStream : public Engine {
 protected:
  EventStream() : events(connection, clock) {}

  /// The next event that is an E; others are passed over.
  template <class E>
  std::optional<E> next() {
    while (true) {
      auto event = loop.run(before(soon(), events.next(), "the next event"));
      if (!event) return std::nullopt;
      if (const E* wanted = std::get_if<E>(&*event)) return *wanted;
    }
  }

  SystemClock clock;
  runtime::ContainerdEvents events;
};

TEST_F(EventStream, BeginsWithAGapThenTellsStartAndExit) {
  auto first = loop.run(before(soon(), events.next(), "the first event"));
  ASSERT_TRUE(create_and_start(spec("short", {"sh", "-c", "exit 5"})));

  const auto started = next<runtime::Started>();
  const auto exited = next<runtime::ContainerExited>();

  ASSERT_TRUE(first);
  EXPECT_TRUE(std::holds_alternative<runtime::Gap>(*first));
  ASSERT_TRUE(started);
  EXPECT_EQ(started->container_id, "short");
  EXPECT_GT(started->pid, 0);
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->container_id, "short");
  EXPECT_EQ(exited->exit.code, 5);
}

TEST_F(EventStream, KeepsQuietAboutCommandsRunInside) {
  ASSERT_TRUE(next<runtime::Gap>());
  ASSERT_TRUE(create_and_start(spec("host", {"sleep", "100"})));
  ASSERT_TRUE(loop.run(containers.exec("host", {"check", {"false"}}, soon())));
  ASSERT_TRUE(loop.run(containers.kill("host", SIGTERM, false, soon())));
  ASSERT_TRUE(loop.run(containers.kill("host", SIGKILL, false, soon())));

  const auto exited = next<runtime::ContainerExited>();

  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->exit.code, 137);
}

TEST_F(EventStream, TellsThatAContainerRanOutOfMemory) {
  ASSERT_TRUE(next<runtime::Gap>());
  auto greedy = spec("greedy", {"sh", "-c", "tail /dev/zero"});
  greedy.resources.memory_max = Bytes{16 << 20};
  greedy.resources.memory_swap_total = std::nullopt;
  ASSERT_TRUE(create_and_start(greedy));

  const auto oom = next<runtime::OutOfMemory>();

  ASSERT_TRUE(oom);
  EXPECT_EQ(oom->container_id, "greedy");
  EXPECT_EQ(end_of("greedy")->code, 137);
}

TEST_F(EventStream, TellsAGapAfterTheEngineWasAway) {
  ASSERT_TRUE(next<runtime::Gap>());
  ASSERT_TRUE(create_and_start(spec("lasting", {"sleep", "100"})));
  ASSERT_TRUE(next<runtime::Started>());

  containerd.crash();
  containerd.start();
  auto after = loop.run(before(soon(), events.next(), "the next event"));
  ASSERT_TRUE(loop.run(containers.kill("lasting", SIGKILL, false, soon())));
  const auto exited = next<runtime::ContainerExited>();

  ASSERT_TRUE(after) << after.error();
  EXPECT_TRUE(std::holds_alternative<runtime::Gap>(*after));
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->container_id, "lasting");
}

TEST_F(EventStream, CanBeCancelledAndAskedAgain) {
  ASSERT_TRUE(next<runtime::Gap>());

  auto nothing = loop.run(
      before(Deadline::after(std::chrono::milliseconds(50)), events.next(), "the next event"));
  const auto gap = next<runtime::Gap>();

  EXPECT_TRUE(nothing.failed_with(Errc::TimedOut));
  EXPECT_TRUE(gap);
}

}  // namespace
}  // namespace berth::testing
