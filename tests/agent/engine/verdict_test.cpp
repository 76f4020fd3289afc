// verdict_test.cpp - why a task died, in words.
#include "agent/engine/verdict.hpp"

#include <gtest/gtest.h>

#include "tests/agent/engine/seen.hpp"

namespace berth::engine {
namespace {

const WallTime kEnded{std::chrono::seconds(1'767'225'600)};

/// A stopped task of app (essential) and side (not), both never started.
model::Record stopped_task() {
  model::Record record = a_record(a_task({a_container("app"), a_container("side", false)}));
  record.known = model::TaskStatus::Stopped;
  record.goal = model::Goal::Stopped;
  for (model::ContainerRecord& container : record.containers) {
    container.known = ContainerStatus::Stopped;
  }
  return record;
}

std::string every_verdict(const model::Record& record) {
  std::string text;
  for (const model::Verdict& verdict : verdicts_of(record)) {
    text += (verdict.container.empty() ? "task" : verdict.container) + ": " + verdict.text + "\n";
  }
  return text;
}

TEST(Verdict, NamesExitCodesAndSignals) {
  struct Told {
    int code;
    const char* text;
  };
  const Told cases[] = {
      {0, "exited with code 0"},
      {3, "exited with code 3"},
      {128, "exited with code 128"},
      {137, "exited with code 137: ended by SIGKILL"},
      {139, "exited with code 139: ended by SIGSEGV"},
      {143, "exited with code 143: ended by SIGTERM"},
      {128 + 40, "exited with code 168: ended by signal 40"},
      {255, "exited with code 255"},
  };
  for (const Told& c : cases) EXPECT_EQ(exit_text({c.code, {}}), c.text);
}

TEST(Verdict, TellsWhatIsKnownOfAKillForMemory) {
  constexpr std::uint64_t kLimit = 16 << 20;
  EXPECT_EQ(memory_text({1, std::nullopt, std::nullopt}), "1 process killed for memory");
  EXPECT_EQ(memory_text({2, kLimit, kLimit - (1 << 19)}),
            "2 processes killed for memory, 15.5 MiB used at most, the limit is 16.0 MiB");
}

TEST(Verdict, SaysNothingOfATaskThatRuns) {
  model::Record record = stopped_task();
  record.known = model::TaskStatus::Running;
  record.goal = model::Goal::Running;
  for (model::ContainerRecord& container : record.containers) {
    container.known = ContainerStatus::Running;
  }

  EXPECT_EQ(every_verdict(record), "");
}

TEST(Verdict, BlamesTheEssentialContainerThatEndedByItself) {
  model::Record record = stopped_task();
  record.containers[0].exit = model::Exit{137, kEnded};
  record.containers[0].fault = model::Fault{FaultKind::OutOfMemory, "killed due to memory usage"};
  record.containers[0].out_of_memory = model::OutOfMemory{1, 16 << 20, 16 << 20};
  record.containers[0].left_behind = 2;
  record.containers[0].restarts = 3;
  record.containers[1].exit = model::Exit{143, kEnded + std::chrono::seconds(1)};
  record.containers[1].stop_signalled_at = kEnded;

  EXPECT_EQ(
      every_verdict(record),
      "task: essential container app ended: exited with code 137: ended by SIGKILL; 1 process "
      "killed for memory, 16.0 MiB used at most, the limit is 16.0 MiB; 2 processes left "
      "behind had to be killed; restarted 3 times before\n"
      "app: exited with code 137: ended by SIGKILL; 1 process killed for memory, 16.0 MiB used "
      "at most, the limit is 16.0 MiB; 2 processes left behind had to be killed; restarted 3 "
      "times before\n"
      "side: exited with code 143: ended by SIGTERM; it was asked to stop\n");
}

TEST(Verdict, BlamesTheOneThatEndedFirst) {
  model::Record record = stopped_task();
  record.task.containers[1].essential = true;
  record.containers[0].exit = model::Exit{1, kEnded + std::chrono::seconds(1)};
  record.containers[1].exit = model::Exit{2, kEnded};

  EXPECT_EQ(verdicts_of(record).front().text, "essential container side ended: exited with code 2");
}

TEST(Verdict, TellsFaultsAndWishesToStop) {
  model::Record asked = stopped_task();
  asked.containers[0].exit = model::Exit{0, kEnded};
  asked.containers[0].stop_signalled_at = kEnded;
  EXPECT_EQ(every_verdict(asked),
            "task: it was asked to stop\n"
            "app: exited with code 0; it was asked to stop\n"
            "side: never started\n");

  model::Record netless = stopped_task();
  netless.fault = model::Fault{FaultKind::Network, "no bridge"};
  EXPECT_EQ(every_verdict(netless),
            "task: its network could not be made: no bridge\n"
            "app: never started\n"
            "side: never started\n");

  model::Record dependent = stopped_task();
  dependent.containers[0].fault = model::Fault{FaultKind::DependencyFailed, "db never came"};
  dependent.containers[0].exit = model::Exit{143, {}};  // made up, as ECS wants it
  EXPECT_EQ(verdicts_of(dependent).front().text,
            "essential container app ended: a dependency can never be met: db never came");

  model::Record rebooted = stopped_task();
  rebooted.containers[0].fault = model::Fault{FaultKind::Rebooted, "while it ran"};
  EXPECT_EQ(verdicts_of(rebooted).front().text,
            "essential container app ended: the machine was started anew: while it ran");
}

}  // namespace
}  // namespace berth::engine
