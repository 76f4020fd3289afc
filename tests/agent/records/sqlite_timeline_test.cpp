// sqlite_timeline_test.cpp - timelines over restarts, and what is dropped of tasks long gone.
#include "agent/records/sqlite_timeline.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <optional>

#include "tests/fakes/loop.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::records {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class SqliteTimelineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "berth-timeline-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    reopen();
  }
  void TearDown() override {
    loop.stop();
    timeline.reset();
    journal.reset();
    std::filesystem::remove_all(directory_);
  }
  void reopen() {
    timeline.reset();
    journal.reset();
    Result<std::unique_ptr<SqliteJournal>> opened = SqliteJournal::open(path());
    ASSERT_TRUE(opened) << opened.error();
    journal = std::move(opened).value();
    timeline.emplace(*journal, loop.io.get_executor());
  }

  std::string path() const { return directory_.string() + "/berth.db"; }

  void note(const std::string& arn, milliseconds at = {}) {
    timeline->note(arn, {WallTime(at), model::EntryKind::Seen, "", "line", {}});
  }
  std::vector<std::string> tasks() { return loop.run(timeline->tasks()).value(); }
  bool is_kept(const std::string& arn) {
    return !loop.run(timeline->read(arn)).value().entries.empty();
  }
  void forget(const std::string& arn) { ASSERT_TRUE(loop.run(journal->forget(arn))); }

  testing::Loop loop;
  std::unique_ptr<SqliteJournal> journal;
  std::optional<SqliteTimeline> timeline;

 private:
  std::filesystem::path directory_;
};

TEST_F(SqliteTimelineTest, IsThereAfterARestart) {
  note("arn:1");
  note("arn:1");
  reopen();
  note("arn:1");
  reopen();

  EXPECT_EQ(loop.run(timeline->read("arn:1")).value().entries.size(), 3u);
}

TEST_F(SqliteTimelineTest, IsWrittenByItselfAMomentAfterItWasNoted) {
  loop.nursery.start("timelines", timeline->run());
  note("arn:1");

  // Another reader of the file sees only what is in it; it looks until the line is there.
  store::Database reader = store::Database::open(path()).value();
  std::int64_t lines = 0;
  while (lines == 0) {
    loop.io.restart();
    loop.io.run_one_for(milliseconds(10));
    ASSERT_TRUE(reader.query("SELECT count(*) FROM timeline", {}, [&lines](const store::Row& row) {
      lines = row.integer(0);
      return ok();
    }));
  }

  EXPECT_EQ(lines, 1);
}

TEST_F(SqliteTimelineTest, OutlivesItsTask) {
  note("arn:1");
  forget("arn:1");
  reopen();

  EXPECT_TRUE(is_kept("arn:1"));
}

TEST_F(SqliteTimelineTest, KeepsTheNewestOfTheTasksThatAreGone) {
  const model::Record known = testing::a_record(testing::a_task({testing::a_container("main")}));
  ASSERT_TRUE(loop.run(journal->commit(known, std::nullopt)));
  note(known.task.arn, milliseconds(0));
  for (int i = 0; i < 205; ++i) note("arn:" + std::to_string(i), milliseconds(i + 1));
  static_cast<void>(tasks());

  forget("arn:204");

  EXPECT_EQ(tasks().size(), 201u);
  EXPECT_TRUE(is_kept(known.task.arn));
  EXPECT_FALSE(is_kept("arn:4"));
  EXPECT_TRUE(is_kept("arn:5"));
}

TEST_F(SqliteTimelineTest, DropsTasksThatAreGoneForAWeek) {
  note("old", hours(1));
  note("young", hours(3));
  note("now", hours(7 * 24 + 2));
  static_cast<void>(tasks());

  forget("now");

  EXPECT_EQ(tasks(), (std::vector<std::string>{"now", "young"}));
  EXPECT_FALSE(is_kept("old"));
}

}  // namespace
}  // namespace berth::records
