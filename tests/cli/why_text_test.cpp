// why_text_test.cpp - how the life of a task looks.
#include "cli/why_text.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using model::EntryKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

const WallTime kNoon{seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
const std::string kArn = "arn:aws:ecs:eu-west-1:123456789012:task/lab/3f2a";

TEST(WhyText, TellsWhatIsWaitedForAndThenTheTimeline) {
  const model::Waiting waiting{"container db (HEALTHY), which app depends on", kNoon + seconds(4),
                               kNoon + seconds(64), "app is stopped"};
  const model::Why why{kArn, "PENDING", kNoon, waiting, {}};
  const model::Timeline timeline{
      kArn,
      {{kNoon, EntryKind::Accepted, "", "accepted shop:7", {}},
       {kNoon + milliseconds(12'345), EntryKind::StepDone, "app", "pulled image x",
        milliseconds(3'210)},
       {kNoon - milliseconds(5), EntryKind::Seen, "db", "the clock was set back", {}}},
      0,
      0};

  EXPECT_EQ(why_text(why, timeline, kNoon + seconds(34)),
            "task 3f2a is PENDING since 2026-01-01T00:00:00.000Z (34s ago)\n"
            "waits for container db (HEALTHY), which app depends on\n"
            "  since 2026-01-01T00:00:04.000Z (30s ago)\n"
            "  until 2026-01-01T00:01:04.000Z (in 30s), then app is stopped\n"
            "\n"
            "from 2026-01-01T00:00:00.000Z\n"
            " +0.000s       accepted shop:7\n"
            "+12.345s  app  pulled image x (3.2 s)\n"
            " -0.005s  db   the clock was set back\n");
}

TEST(WhyText, TellsWhyATaskDied) {
  const model::Why why{kArn,
                       "GONE",
                       kNoon,
                       std::nullopt,
                       {{"", "app ended: exited with code 3"}, {"app", "exited"}}};

  EXPECT_EQ(why_text(why, {kArn, {}, 0, 0}, kNoon + seconds(7200)),
            "task 3f2a is GONE: it was cleaned up at 2026-01-01T00:00:00.000Z (2h ago)\n"
            "because app ended: exited with code 3\n"
            "  app: exited\n"
            "\n"
            "nothing of its life is kept\n");
}

TEST(WhyText, TellsWhatHasPassedTheNetwork) {
  model::Why why{kArn, "RUNNING", kNoon, std::nullopt, {}};
  why.network = model::NetworkUse{2048, 20, 0, 3, 1024, 10, 1, 0};

  EXPECT_EQ(why_text(why, {kArn, {}, 0, 0}, kNoon),
            "task 3f2a is RUNNING since 2026-01-01T00:00:00.000Z (0s ago)\n"
            "waits for nothing\n"
            "network: received 2048 bytes in 20 packets, 3 dropped; sent 1024 bytes in 10 packets, "
            "1 errors\n"
            "\n"
            "nothing of its life is kept\n");
}

TEST(WhyText, TellsWhatTheTaskUses) {
  model::Why why{kArn, "RUNNING", kNoon, std::nullopt, {}};
  why.resources.emplace();
  why.resources->cpu = std::chrono::milliseconds(12'340);
  why.resources->memory_bytes = 31 << 20;
  why.resources->processes = 3;
  EXPECT_NE(
      why_text(why, {}, kNoon)
          .find("\ncpu: 12.3 s\n"
                "memory: 31.0 MiB, 0.0 MiB of it cache that can go; processes and threads: 3\n"
                "disks: read 0.0 MiB, written 0.0 MiB\n\n"),
      std::string::npos);

  why.resources->periods = 20;
  why.resources->throttled_periods = 4;
  why.resources->throttled = std::chrono::milliseconds(150);
  why.resources->memory_limit_bytes = 32 << 20;
  why.resources->cpu_stall = model::Stall{0.5, std::nullopt};
  why.resources->memory_stall = model::Stall{40.25, 12.5};
  const std::string text = why_text(why, {}, kNoon);
  EXPECT_NE(text.find("\ncpu: 12.3 s, held back by its limit in 4 of 20 periods, 150 ms in all\n"
                      "memory: 31.0 MiB of 32.0 MiB,"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nstalled, of the last 10 s: waiting for cpu 0.5 %, memory 40.2 % (all at "
                      "once 12.5 %)\n"),
            std::string::npos)
      << text;
}

TEST(WhyText, SaysThatATaskWaitsForNothingOrForEver) {
  const model::Why running{kArn, "RUNNING", kNoon, std::nullopt, {}};
  EXPECT_NE(why_text(running, {}, kNoon).find("\nwaits for nothing\n"), std::string::npos);

  model::Why pending{kArn, "PENDING", kNoon, model::Waiting{"rain", {}, {}, ""}, {}};
  EXPECT_NE(why_text(pending, {}, kNoon).find("\nwaits for rain\n  for as long as it takes\n"),
            std::string::npos);
  pending.waiting->until = kNoon - seconds(3);
  EXPECT_NE(why_text(pending, {}, kNoon).find("T23:59:57.000Z (3s ago)\n"), std::string::npos);
}

TEST(WhyText, SaysWhereLinesAreMissing) {
  model::Timeline timeline{kArn, {}, 1, 250};
  timeline.entries = {{kNoon, EntryKind::Accepted, "", "first", {}},
                      {kNoon, EntryKind::Seen, "", "after the gap", {}}};

  EXPECT_NE(why_text({}, timeline, kNoon)
                .find("+0.000s  first\n... 250 lines are not kept ...\n+0.000s  after the gap\n"),
            std::string::npos);
}

TEST(DurationText, TakesTheUnitThatFits) {
  struct Case {
    milliseconds duration;
    const char* text;
  };
  const Case cases[] = {{milliseconds(0), "0 ms"},      {milliseconds(999), "999 ms"},
                        {milliseconds(1'000), "1.0 s"}, {milliseconds(59'949), "59.9 s"},
                        {seconds(60), "1 min 00 s"},    {seconds(7265), "121 min 05 s"}};
  for (const Case& c : cases) EXPECT_EQ(duration_text(c.duration), c.text);
}

}  // namespace
}  // namespace berth::cli
