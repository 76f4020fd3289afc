// status_line_test.cpp - the sentence in every state.
#include "agent/service/status_line.hpp"

#include <gtest/gtest.h>

namespace berth::service {
namespace {

using model::Goal;
using model::TaskStatus;

std::shared_ptr<const model::Record> record(TaskStatus known, Goal goal = Goal::Running) {
  model::Record one;
  one.known = known;
  one.goal = goal;
  return std::make_shared<const model::Record>(one);
}

Standing connected() {
  Standing standing;
  standing.cluster = "lab";
  standing.is_registered = true;
  standing.is_connected = true;
  return standing;
}

TEST(StatusLine, SaysWhatRegistrationWaitsFor) {
  Standing standing;
  standing.cluster = "lab";

  standing.has_clock = false;

  EXPECT_EQ(status_line(standing, {}),
            "Waits for the clock to be set, to register with cluster lab; 0 tasks running");
}

TEST(StatusLine, CountsTasksByWhatTheyDo) {
  EXPECT_EQ(status_line(connected(), {}), "Connected to cluster lab; 0 tasks running");
  EXPECT_EQ(status_line(connected(), {record(TaskStatus::Running)}),
            "Connected to cluster lab; 1 task running");
  EXPECT_EQ(status_line(connected(),
                        {record(TaskStatus::Running), record(TaskStatus::Running),
                         record(TaskStatus::None), record(TaskStatus::Created),
                         record(TaskStatus::Running, Goal::Stopped), record(TaskStatus::Stopped)}),
            "Connected to cluster lab; 2 tasks running, 2 starting, 1 stopping");
}

TEST(StatusLine, SaysWhatIsNotAsItShouldBe) {
  Standing standing = connected();
  standing.is_connected = false;
  standing.has_containerd = false;
  standing.is_draining = true;
  standing.last_error = LastError{WallTime(std::chrono::seconds(1767225600)), "connect: refused"};

  EXPECT_EQ(status_line(standing, {}),
            "Not connected to cluster lab; 0 tasks running; draining; containerd does not answer; "
            "last error at 2026-01-01T00:00:00.000Z: connect: refused");
}

TEST(StatusLine, TellsANodeThatIsNotRegistered) {
  Standing standing;
  standing.cluster = "lab";

  EXPECT_EQ(status_line(standing, {}), "Not registered yet with cluster lab; 0 tasks running");
}

}  // namespace
}  // namespace berth::service
