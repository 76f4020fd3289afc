// event_stream_test.cpp - what containerd's events mean to us.
#include "runtime/event_stream.hpp"

#include <github.com/containerd/containerd/api/events/task.pb.h>
#include <gtest/gtest.h>

namespace berth::runtime {
namespace {

TEST(EventOf, KnowsTheStartOfAProcess) {
  containerd::events::TaskStart start;
  start.set_container_id("c1");
  start.set_pid(42);

  const auto event = event_of("/tasks/start", start.SerializeAsString());

  ASSERT_TRUE(event && std::holds_alternative<Started>(*event));
  EXPECT_EQ(std::get<Started>(*event).container_id, "c1");
  EXPECT_EQ(std::get<Started>(*event).pid, 42);
}

TEST(EventOf, TellsAContainersEndFromThatOfACommandInside) {
  containerd::events::TaskExit exit;
  exit.set_container_id("c1");
  exit.set_id("c1");
  exit.set_exit_status(137);
  exit.mutable_exited_at()->set_seconds(1000);
  exit.mutable_exited_at()->set_nanos(5'000'000);
  containerd::events::TaskExit inside = exit;
  inside.set_id("check-1");

  const auto event = event_of("/tasks/exit", exit.SerializeAsString());

  ASSERT_TRUE(event && std::holds_alternative<ContainerExited>(*event));
  const auto& told = std::get<ContainerExited>(*event);
  EXPECT_EQ(told.container_id, "c1");
  EXPECT_EQ(told.exit, (ExitStatus{137, WallTime(std::chrono::milliseconds(1'000'005))}));
  EXPECT_FALSE(event_of("/tasks/exit", inside.SerializeAsString()));
}

TEST(EventOf, KnowsOutOfMemory) {
  containerd::events::TaskOOM oom;
  oom.set_container_id("c1");

  const auto event = event_of("/tasks/oom", oom.SerializeAsString());

  ASSERT_TRUE(event && std::holds_alternative<OutOfMemory>(*event));
  EXPECT_EQ(std::get<OutOfMemory>(*event).container_id, "c1");
}

TEST(EventOf, PassesOverEverythingElse) {
  EXPECT_FALSE(event_of("/tasks/paused", ""));
  EXPECT_FALSE(event_of("/berth/listening", ""));
  EXPECT_FALSE(event_of("/tasks/exit", "\xff not a message"));
}

}  // namespace
}  // namespace berth::runtime
