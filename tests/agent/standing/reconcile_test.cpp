// reconcile_test.cpp - files and tasks to decisions, by table.
#include "agent/standing/reconcile.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/tasks.hpp"

namespace berth::standing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kNow{std::chrono::hours(500'000)};

model::Task task_of(const std::string& version, const std::string& family = "web") {
  model::Task task = testing::a_task({testing::a_container("main")});
  task.family = family;
  task.version = version;
  task.origin = model::Origin::Local;
  task.file = "web.json";
  return task;
}

File good(const std::string& version) {
  return {task_of(version), ""};
}
File bad() {
  return {std::nullopt, "cpu: wrong"};
}

Run running(const std::string& version, int failures = 0) {
  Run run;
  run.task = task_of(version);
  run.task.failures = failures;
  run.accepted_at = kNow - minutes(30);
  run.running_since = run.accepted_at;
  return run;
}
Run stopping(const std::string& version) {
  Run run = running(version);
  run.stopping = true;
  return run;
}
/// It ran for `ran` and ended `ago`.
Run ended(const std::string& version, int failures, milliseconds ran, milliseconds ago) {
  Run run = stopping(version);
  run.task.failures = failures;
  run.stopped_at = kNow - ago;
  run.running_since = *run.stopped_at - ran;
  return run;
}

Decision starts(const std::string& version, int failures) {
  model::Task task = task_of(version);
  task.failures = failures;
  return {{Start{task}}, {}, {}};
}
Decision stops(const std::string& why) {
  return {{}, {Stop{task_of("1").arn, why}}, {}};
}
Decision waits(milliseconds rest) {
  return {{}, {}, {{"web.json", kNow + rest}}};
}

struct Row {
  const char* what;
  std::optional<File> file;
  std::optional<Run> run;
  Decision decision;
};

std::vector<Row> rows() {
  return {
      {"nothing", {}, {}, {}},
      {"new file", good("1"), {}, starts("1", 0)},
      {"new bad file", bad(), {}, {}},
      {"it runs", good("1"), running("1"), {}},
      {"it runs, file bad", bad(), running("1"), {}},
      {"it runs, file changed", good("2"), running("1"), stops("its file has changed")},
      {"it runs, file gone", {}, running("1"), stops("its file is gone")},
      {"stopping, file changed", good("2"), stopping("1"), {}},
      {"stopping, file gone", {}, stopping("1"), {}},
      {"stopping by itself", good("1"), stopping("1"), {}},
      {"ended, file gone", {}, ended("1", 0, seconds(1), seconds(1)), {}},
      {"ended, file changed", good("2"), ended("1", 3, seconds(1), seconds(1)), starts("2", 0)},
      {"first failure", good("1"), ended("1", 0, seconds(1), seconds(1)), waits(seconds(9))},
      {"first failure, due", good("1"), ended("1", 0, seconds(1), seconds(10)), starts("1", 1)},
      {"third failure", good("1"), ended("1", 2, seconds(1), seconds(1)), waits(seconds(39))},
      {"third failure, due", good("1"), ended("1", 2, seconds(1), seconds(40)), starts("1", 3)},
      {"many failures", good("1"), ended("1", 99, seconds(1), seconds(0)), waits(minutes(5))},
      {"it had lasted", good("1"), ended("1", 9, minutes(10), seconds(4)), waits(seconds(6))},
      {"it had lasted, due", good("1"), ended("1", 9, minutes(10), seconds(10)), starts("1", 1)},
      {"ended, file bad", bad(), ended("1", 0, seconds(1), seconds(10)), starts("1", 1)},
      {"clock set back", good("1"), ended("1", 0, seconds(1), seconds(-11)), starts("1", 1)},
  };
}

TEST(Reconcile, KeepsOneTaskOfTheFilesVersion) {
  for (const Row& row : rows()) {
    Files files;
    Runs runs;
    if (row.file) files["web.json"] = *row.file;
    if (row.run) runs["web.json"] = *row.run;

    Decision decision = reconcile(files, runs, kNow);

    EXPECT_EQ(decision.stops, row.decision.stops) << row.what;
    EXPECT_EQ(decision.waiting, row.decision.waiting) << row.what;
    EXPECT_EQ(decision.starts, row.decision.starts) << row.what;
  }
}

TEST(WaitAfter, DoublesFromTenSecondsToFiveMinutes) {
  const std::vector<seconds> waits{seconds(0),  seconds(10),  seconds(20),  seconds(40),
                                   seconds(80), seconds(160), seconds(300), seconds(300)};
  for (std::size_t failures = 0; failures < waits.size(); ++failures) {
    EXPECT_EQ(wait_after(static_cast<int>(failures)), waits[failures]) << failures;
  }
}

TEST(SharedFamilies, StayWithTheFirstFileByName) {
  Files files{{"a.json", good("1")}, {"b.json", good("2")}, {"c.json", bad()}};

  refuse_shared_families(files, {});

  EXPECT_TRUE(files["a.json"].task);
  EXPECT_FALSE(files["b.json"].task);
  EXPECT_EQ(files["b.json"].complaint,
            "family \"web\": is that of a.json, and each file must have one of its own");
  EXPECT_EQ(files["c.json"], bad());
}

TEST(SharedFamilies, StayWithTheFileWhoseTaskWasStarted) {
  Files files{{"a.json", good("1")}, {"b.json", good("2")}};

  refuse_shared_families(files, {{"b.json", running("2")}});

  EXPECT_FALSE(files["a.json"].task);
  EXPECT_TRUE(files["b.json"].task);
}

TEST(NoteRun, PrefersTheTaskThatGoesOnThenTheLaterOne) {
  standing::Run old = ended("1", 0, seconds(1), minutes(1));
  old.task.arn = "arn:old";
  old.accepted_at = kNow;  // by a clock that was set back since
  standing::Run live = running("2");
  live.task.arn = "arn:live";
  standing::Run later = ended("3", 0, seconds(1), seconds(1));
  later.task.arn = "arn:later";
  later.accepted_at = kNow + seconds(1);

  Runs forwards;
  for (const standing::Run& run : {old, live}) note_run(forwards, run);
  Runs backwards;
  for (const standing::Run& run : {live, old}) note_run(backwards, run);
  Runs both_ended;
  for (const standing::Run& run : {later, old}) note_run(both_ended, run);

  EXPECT_EQ(forwards["web.json"], live);
  EXPECT_EQ(backwards["web.json"], live);
  EXPECT_EQ(both_ended["web.json"], later);
}

TEST(RunOf, RunsOnceAllContainersWereStarted) {
  model::Record record =
      testing::a_record(testing::a_task({testing::a_container("a"), testing::a_container("b")}));
  record.containers[0].started_at = kNow;
  EXPECT_EQ(run_of(record).running_since, std::nullopt);

  record.containers[1].started_at = kNow + seconds(2);

  EXPECT_EQ(run_of(record).running_since, kNow + seconds(2));
}

}  // namespace
}  // namespace berth::standing
