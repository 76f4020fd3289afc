// log_lines_test.cpp - a line as a record, and which error is the last one.
#include "agent/service/log_lines.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"
#include "tests/systemd/datagram_socket.hpp"
#include "tests/systemd/journal_stream.hpp"

namespace berth::service {
namespace {

using namespace std::chrono_literals;

TEST(JournalRecord, NamesEachKeyAsTheJournalDoes) {
  EXPECT_EQ(journal_record(log::Level::Warn, "pull failed, retrying",
                           {{"task", "arn:aws:ecs:eu-west-1:1:task/lab/3f2a"},
                            {"container", "web"},
                            {"took_ms", 12},
                            {"message_id", "m 1"}}),
            "MESSAGE=pull failed, retrying task=3f2a container=web took_ms=12 "
            "message_id=\"m 1\"\n"
            "PRIORITY=4\n"
            "SYSLOG_IDENTIFIER=berthd\n"
            "TASK_ARN=arn:aws:ecs:eu-west-1:1:task/lab/3f2a\n"
            "TASK_ID=3f2a\n"
            "CONTAINER=web\n"
            "TOOK_MS=12\n"
            "ECS_MESSAGE_ID=m 1\n");
}

TEST(LogLines, KeepTheLastLineThatToldOfAFailure) {
  berth::testing::FakeClock clock;
  const LogLines lines(clock, std::nullopt);
  EXPECT_EQ(lines.last_error(), std::nullopt);

  log::warn("registration failed", {{"wait_ms", 5}, {"error", "Unavailable: connect"}});
  const WallTime then = clock.wall();
  clock.advance(1min);
  log::warn("a warning without one", {{"reason", "who knows"}});
  log::info("not a failure", {{"error", "of somebody else"}});

  EXPECT_EQ(lines.last_error(), (LastError{then, "registration failed: Unavailable: connect"}));
}

TEST(LogLines, GoToTheJournalWhenItTakesThem) {
  berth::testing::DatagramSocket journald(berth::testing::unique_socket_name("/tmp/"));
  const berth::testing::JournalStream stream;
  berth::testing::FakeClock clock;
  const LogLines lines(clock,
                       systemd::Journal::open(stream.name(), stream.descriptor(), journald.name()));

  log::info("task started", {{"task", "arn"}});
  log::debug("a step");

  EXPECT_EQ(journald.next(),
            "MESSAGE=task started task=arn\nPRIORITY=6\nSYSLOG_IDENTIFIER=berthd\nTASK_ID=arn\n");
  EXPECT_EQ(journald.next(), "(nothing)");
}

}  // namespace
}  // namespace berth::service
