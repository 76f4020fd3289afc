// task_table_test.cpp - how tasks look.
#include "cli/task_table.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const WallTime kNow{seconds(1'700'000'000)};

local::TaskView task(const std::string& id, seconds age) {
  local::TaskView view;
  view.arn = "arn:aws:ecs:eu-west-1:123456789012:task/lab/" + id;
  view.family = "shop";
  view.revision = "7";
  view.status = "RUNNING";
  view.desired = "RUNNING";
  view.health = "HEALTHY";
  view.address = "10.213.0.5";
  view.created = kNow - age;
  return view;
}

TEST(TaskTable, AlignsItsColumnsNewestFirst) {
  local::TaskView old = task("0123456789abcdef0123456789abcdef", seconds(7200));
  old.status = "STOPPED";
  old.desired = "STOPPED";
  old.health = "";
  old.address = "";

  EXPECT_EQ(
      task_table({old, task("fedcba9876543210fedcba9876543210", seconds(5))}, false, kNow),
      "TASK                              DEFINITION  STATUS   DESIRED  HEALTH   ADDRESS     AGE\n"
      "fedcba9876543210fedcba9876543210  shop:7      RUNNING  RUNNING  HEALTHY  10.213.0.5  5s\n"
      "0123456789abcdef0123456789abcdef  shop:7      STOPPED  STOPPED  -        -           2h\n");
}

TEST(TaskTable, ShowsContainersBelowTheirTask) {
  local::TaskView view = task("0123456789ab", seconds(60));
  view.containers = {{"web", "", "shop:7", "RUNNING", "HEALTHY", std::nullopt, "", ""},
                     {"side", "", "side:1", "STOPPED", "", 137, "", ""}};

  EXPECT_EQ(task_table({view}, true, kNow),
            "TASK          DEFINITION  STATUS         DESIRED  HEALTH   ADDRESS     AGE\n"
            "0123456789ab  shop:7      RUNNING        RUNNING  HEALTHY  10.213.0.5  1m\n"
            "  web         shop:7      RUNNING                 HEALTHY\n"
            "  side        side:1      STOPPED (137)           -\n");
}

TEST(TaskTable, CountsRestarts) {
  local::TaskView view = task("0123456789ab", seconds(60));
  view.containers = {{"web", "", "shop:7", "RUNNING", "", std::nullopt, "", "", 2},
                     {"side", "", "side:1", "STOPPED", "", 1, "", "", 1}};

  EXPECT_EQ(task_table({view}, true, kNow),
            "TASK          DEFINITION  STATUS                  DESIRED  HEALTH   ADDRESS     AGE\n"
            "0123456789ab  shop:7      RUNNING, 3 restarts     RUNNING  HEALTHY  10.213.0.5  1m\n"
            "  web         shop:7      RUNNING, 2 restarts              -\n"
            "  side        side:1      STOPPED (1), 1 restart           -\n");
}

TEST(TaskTable, IsItsHeadingWhenThereIsNoTask) {
  EXPECT_EQ(task_table({}, true, kNow),
            "TASK  DEFINITION  STATUS  DESIRED  HEALTH  ADDRESS  AGE\n");
}

TEST(AgeText, TakesTheLargestUnitThatFits) {
  struct Case {
    milliseconds age;
    const char* text;
  };
  const Case cases[] = {
      {milliseconds(-5000), "0s"}, {milliseconds(999), "0s"}, {seconds(59), "59s"},
      {seconds(60), "1m"},         {seconds(3599), "59m"},    {seconds(3600), "1h"},
      {seconds(86399), "23h"},     {seconds(86400), "1d"},    {seconds(864000), "10d"},
  };
  for (const Case& c : cases) EXPECT_EQ(age_text(c.age), c.text);
}

TEST(FileLines, SayWhatIsWrongAndWhatIsWaitedFor) {
  local::FileView fine;
  fine.name = "fine.json";
  local::FileView bad;
  bad.name = "bad.json";
  bad.complaint = "cpu: why";
  local::FileView worse = bad;
  worse.name = "worse.json";
  worse.task_arn = "arn:task";
  local::FileView waits;
  waits.name = "waits.json";
  waits.failures = 2;
  waits.starts = kNow + seconds(20);

  EXPECT_EQ(file_lines({fine, bad, worse, waits}, kNow),
            "bad.json: cpu: why\n"
            "worse.json: cpu: why; the version before it is kept running\n"
            "waits.json: starts again in 20s, ended 2 times in a row\n");
}

}  // namespace
}  // namespace berth::cli
