// containers_contract_test.cpp - what the seams Containers and Events promise, fake or real.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/contract/runtime/worlds.hpp"

namespace berth::testing {
namespace {

using Kind = runtime::ContainerState::Kind;

Deadline soon() {
  return Deadline::after(std::chrono::seconds(30));
}

template <class World>
class ContainersContract : public ::testing::Test {
 protected:
  /// The kind of state the container is in.
  Kind kind(const std::string& id) {
    auto seen = world.loop.run(world.containers.state(id, soon()));
    EXPECT_TRUE(seen) << seen.error();
    return seen ? seen->kind : Kind::Absent;
  }
  void create(const std::string& id) {
    auto created = world.loop.run(world.containers.create(world.spec(id), soon()));
    ASSERT_TRUE(created) << created.error();
  }
  void start(const std::string& id) {
    auto started = world.loop.run(world.containers.start(id, soon()));
    ASSERT_TRUE(started) << started.error();
  }
  void kill(const std::string& id, int signal) {
    auto killed = world.loop.run(world.containers.kill(id, signal, false, soon()));
    ASSERT_TRUE(killed) << killed.error();
  }
  /// Waits for the end of the first process.
  std::optional<runtime::ExitStatus> end_of(const std::string& id) {
    for (const Deadline by = soon(); !by.has_passed();) {
      auto seen = world.loop.run(world.containers.state(id, soon()));
      if (!seen || seen->exit) return seen ? seen->exit : std::nullopt;
    }
    return std::nullopt;
  }
  /// The next event, Gaps left out.
  std::optional<runtime::Event> next_event() {
    while (true) {
      auto event = world.loop.run(before(soon(), world.events.next(), "the next event"));
      if (!event) return std::nullopt;
      if (!std::holds_alternative<runtime::Gap>(*event)) return *event;
    }
  }

  World world;
};

TYPED_TEST_SUITE(ContainersContract, Worlds, NameOfWorld);

TYPED_TEST(ContainersContract, LeadsFromAbsentOverRunningBackToAbsent) {
  EXPECT_EQ(this->kind("c"), Kind::Absent);
  this->create("c");
  EXPECT_EQ(this->kind("c"), Kind::Created);
  this->start("c");
  EXPECT_EQ(this->kind("c"), Kind::Running);
  this->kill("c", SIGKILL);
  ASSERT_TRUE(this->end_of("c"));
  EXPECT_EQ(this->end_of("c")->code, 137);
  EXPECT_EQ(this->kind("c"), Kind::Stopped);
  EXPECT_TRUE(this->world.loop.run(this->world.containers.release("c", soon())));
  EXPECT_EQ(this->kind("c"), Kind::Absent);
}

TYPED_TEST(ContainersContract, NamesContainersUntilTheyAreRemoved) {
  auto& node = this->world;
  this->create("a");
  this->create("b");
  auto both = node.loop.run(node.containers.list(soon()));
  ASSERT_TRUE(node.loop.run(node.containers.release("a", soon())));
  auto released = node.loop.run(node.containers.list(soon()));
  ASSERT_TRUE(node.loop.run(node.containers.remove("a", soon())));
  auto one = node.loop.run(node.containers.list(soon()));

  EXPECT_EQ(*both, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(*released, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(*one, (std::vector<std::string>{"b"}));
}

TYPED_TEST(ContainersContract, TakesRepetitionAsSuccess) {
  auto& node = this->world;
  for (int time = 0; time < 2; ++time) this->create("c");
  for (int time = 0; time < 2; ++time) this->start("c");
  EXPECT_EQ(this->kind("c"), Kind::Running);
  this->kill("c", SIGKILL);
  ASSERT_TRUE(this->end_of("c"));
  this->kill("c", SIGKILL);
  this->start("c");
  EXPECT_EQ(this->end_of("c")->code, 137);
  for (int time = 0; time < 2; ++time) {
    EXPECT_TRUE(node.loop.run(node.containers.release("c", soon())));
  }
  for (int time = 0; time < 2; ++time) {
    EXPECT_TRUE(node.loop.run(node.containers.remove("c", soon())));
  }
}

TYPED_TEST(ContainersContract, ReleasesAndRemovesWhatStillRuns) {
  auto& node = this->world;
  this->create("a");
  this->start("a");
  this->create("b");
  this->start("b");

  EXPECT_TRUE(node.loop.run(node.containers.release("a", soon())));
  EXPECT_TRUE(node.loop.run(node.containers.remove("b", soon())));

  EXPECT_EQ(this->kind("a"), Kind::Absent);
  EXPECT_EQ(this->kind("b"), Kind::Absent);
}

TYPED_TEST(ContainersContract, CreatesAReleasedContainerAnew) {
  this->create("c");
  ASSERT_TRUE(this->world.loop.run(this->world.containers.release("c", soon())));

  this->create("c");

  EXPECT_EQ(this->kind("c"), Kind::Created);
}

TYPED_TEST(ContainersContract, TellsWhatIsNotThere) {
  auto& node = this->world;

  auto started = node.loop.run(node.containers.start("none", soon()));
  auto killed = node.loop.run(node.containers.kill("none", SIGTERM, true, soon()));
  auto ran = node.loop.run(node.containers.exec("none", {"x", {"true"}}, soon()));

  EXPECT_TRUE(started.failed_with(Errc::NotFound)) << started.error();
  EXPECT_TRUE(killed) << killed.error();
  EXPECT_TRUE(ran.failed_with(Errc::NotFound)) << ran.error();
}

TYPED_TEST(ContainersContract, KillsTheProcessThatIsCreatedButNotStarted) {
  this->create("c");

  this->kill("c", SIGKILL);

  ASSERT_TRUE(this->end_of("c"));
  EXPECT_EQ(this->end_of("c")->code, 137);
}

TYPED_TEST(ContainersContract, DoesNotStartAReleasedContainer) {
  auto& node = this->world;
  this->create("c");
  ASSERT_TRUE(node.loop.run(node.containers.release("c", soon())));

  const auto started = node.loop.run(node.containers.start("c", soon()));

  EXPECT_TRUE(started.failed_with(Errc::NotFound)) << started.error();
}

TYPED_TEST(ContainersContract, RefusesAContainerWithoutACommand) {
  auto spec = this->world.spec("c");
  spec.args = {};

  auto created = this->world.loop.run(this->world.containers.create(spec, soon()));

  EXPECT_TRUE(created.failed_with(Errc::Invalid));
}

TYPED_TEST(ContainersContract, RunsCommandsFromCreationToTheEnd) {
  auto& node = this->world;
  this->create("c");
  auto early = node.loop.run(node.containers.exec("c", {"early", {"true"}}, soon()));
  this->start("c");
  auto ran = node.loop.run(node.containers.exec("c", {"check", {"true"}}, soon()));
  this->kill("c", SIGKILL);
  ASSERT_TRUE(this->end_of("c"));
  auto late = node.loop.run(node.containers.exec("c", {"late", {"true"}}, soon()));

  ASSERT_TRUE(early) << early.error();
  EXPECT_EQ(early->code, 0);
  ASSERT_TRUE(ran) << ran.error();
  EXPECT_EQ(ran->code, 0);
  EXPECT_TRUE(late.failed_with(Errc::NotFound));
}

TYPED_TEST(ContainersContract, EndsAWaitForEventsThatIsCancelled) {
  auto& node = this->world;
  ASSERT_TRUE(node.loop.run(before(soon(), node.events.next(), "the gap")));
  const Deadline passed = Deadline::after(std::chrono::milliseconds(1));

  const auto nothing = node.loop.run(before(passed, node.events.next(), "an event"));

  EXPECT_TRUE(nothing.failed_with(Errc::TimedOut)) << nothing.error();
}

TYPED_TEST(ContainersContract, TellsAGapFirstThenStartAndEnd) {
  auto& node = this->world;
  auto first = node.loop.run(before(soon(), node.events.next(), "the first event"));
  this->create("c");
  this->start("c");
  const auto started = this->next_event();
  this->kill("c", SIGKILL);
  const auto exited = this->next_event();

  ASSERT_TRUE(first);
  EXPECT_TRUE(std::holds_alternative<runtime::Gap>(*first));
  ASSERT_TRUE(started && std::holds_alternative<runtime::Started>(*started));
  EXPECT_EQ(std::get<runtime::Started>(*started).container_id, "c");
  ASSERT_TRUE(exited && std::holds_alternative<runtime::ContainerExited>(*exited));
  EXPECT_EQ(std::get<runtime::ContainerExited>(*exited).container_id, "c");
  EXPECT_EQ(std::get<runtime::ContainerExited>(*exited).exit.code, 137);
}

}  // namespace
}  // namespace berth::testing
