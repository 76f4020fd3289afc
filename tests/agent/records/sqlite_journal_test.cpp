// sqlite_journal_test.cpp - what is remembered over a restart.
#include "agent/records/sqlite_journal.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "tests/agent/records/full_record.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::records {
namespace {

class SqliteJournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "berth-journal-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    reopen();
  }
  void TearDown() override {
    journal.reset();
    std::filesystem::remove_all(directory_);
  }

  /// As after a crash: nothing was said to the old one.
  void reopen(std::size_t most_reports = kMostReports) {
    journal.reset();
    Result<std::unique_ptr<SqliteJournal>> opened = SqliteJournal::open(path(), most_reports);
    ASSERT_TRUE(opened) << opened.error();
    journal = std::move(opened).value();
  }
  std::string path() const { return directory_.string() + "/berth.db"; }

  std::vector<model::Record> load() { return loop.run(journal->load()).value(); }
  std::vector<QueuedReport> waiting() { return loop.run(journal->waiting()).value(); }
  std::optional<QueuedReport> commit(model::Record record, std::optional<Report> report = {}) {
    return loop.run(journal->commit(std::move(record), std::move(report))).value();
  }

  testing::Loop loop;
  std::unique_ptr<SqliteJournal> journal;

 private:
  std::filesystem::path directory_;
};

model::Record small(const std::string& tail) {
  return testing::a_record(testing::a_task({testing::a_container("main")}, tail));
}

Report report_for(const model::Record& record, std::string body, bool final = false) {
  return {record.task.arn, std::move(body), final};
}

TEST_F(SqliteJournalTest, StartsEmpty) {
  EXPECT_TRUE(load().empty());
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(loop.run(journal->identity()).value(), NodeIdentity{});
  EXPECT_TRUE(loop.run(journal->host_changes()).value().empty());
}

TEST_F(SqliteJournalTest, LoadsWhatWasNotedBeforeACrash) {
  model::Record record = testing::full_record();
  journal->note(small("2"));
  journal->note(record);
  record.released = !record.released;
  journal->note(record);
  reopen();
  const std::vector<model::Record> records = load();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0], record);  // ordered by ARN
  EXPECT_EQ(records[1], small("2"));
}

TEST_F(SqliteJournalTest, NotesAndCommitsKeepTheirOrder) {
  model::Record record = small("1");
  record.known = model::TaskStatus::Pulled;
  journal->note(record);
  record.known = model::TaskStatus::Running;
  commit(record);
  EXPECT_EQ(load(), std::vector{record});
}

TEST_F(SqliteJournalTest, CommitsARecordTogetherWithItsReport) {
  const model::Record record = small("1");
  const std::optional<QueuedReport> queued = commit(record, report_for(record, "{\"a\":1}", true));
  ASSERT_TRUE(queued);
  reopen();
  EXPECT_EQ(load(), std::vector{record});
  EXPECT_EQ(waiting(), std::vector{*queued});
  EXPECT_EQ(queued->report, report_for(record, "{\"a\":1}", true));
}

TEST_F(SqliteJournalTest, CommitsARecordWithoutReport) {
  EXPECT_EQ(commit(small("1")), std::nullopt);
  EXPECT_TRUE(waiting().empty());
}

TEST_F(SqliteJournalTest, WritesNeitherRecordNorReportWhenOneCannotBeWritten) {
  // Another writer takes the table of reports away: the second of the two statements then fails.
  const model::Record record = small("1");
  {
    Result<store::Database> other = store::Database::open(path());
    ASSERT_TRUE(other) << other.error();
    ASSERT_TRUE(other->run("DROP TABLE reports", {}));
  }
  const auto queued = loop.run(journal->commit(record, report_for(record, "{}")));
  ASSERT_FALSE(queued);
  EXPECT_NE(queued.error().message.find(record.task.arn), std::string::npos) << queued.error();
  EXPECT_TRUE(load().empty());
  // The failed transaction is over: the next one goes through.
  commit(record);
  EXPECT_EQ(load(), std::vector{record});
}

TEST_F(SqliteJournalTest, ReportsWaitInTheOrderOfTellingOverARestart) {
  const model::Record one = small("1");
  const model::Record two = small("2");
  commit(two, report_for(two, "first"));
  commit(one, report_for(one, "second"));
  reopen();
  commit(two, report_for(two, "third", true));
  const std::vector<QueuedReport> reports = waiting();
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[0].report.body, "first");
  EXPECT_EQ(reports[1].report.body, "second");
  EXPECT_EQ(reports[2].report, report_for(two, "third", true));
  EXPECT_LT(reports[0].sequence, reports[1].sequence);
  EXPECT_LT(reports[1].sequence, reports[2].sequence);
}

TEST_F(SqliteJournalTest, ForgetsAReportThatWasTakenAndNeverReusesItsNumber) {
  const model::Record record = small("1");
  const std::int64_t first = commit(record, report_for(record, "a"))->sequence;
  ASSERT_TRUE(loop.run(journal->accepted(first)));
  ASSERT_TRUE(loop.run(journal->accepted(first)));
  EXPECT_TRUE(waiting().empty());
  EXPECT_GT(commit(record, report_for(record, "b"))->sequence, first);
  EXPECT_EQ(load().size(), 1u);
}

TEST_F(SqliteJournalTest, ForgetsOnlyWhatFinalReportsStandForWhenTooManyWait) {
  reopen(4);
  const model::Record ended = small("1");
  const model::Record running = small("2");
  commit(running, report_for(running, "running"));
  for (const char* body : {"pulled", "started"}) commit(ended, report_for(ended, body));
  EXPECT_EQ(waiting().size(), 3U);
  commit(ended, report_for(ended, "stopped", true));
  EXPECT_EQ(waiting().size(), 4U);
  const model::Record last = small("3");
  commit(last, report_for(last, "stopped", true));

  std::vector<std::string> bodies;
  for (const QueuedReport& report : waiting()) bodies.push_back(report.report.body);
  EXPECT_EQ(bodies, (std::vector<std::string>{"running", "started", "stopped", "stopped"}));
}

TEST_F(SqliteJournalTest, ForgetsAllOfATaskAndNothingOfAnother) {
  const model::Record gone = small("1");
  const model::Record kept = small("2");
  commit(gone, report_for(gone, "a"));
  commit(kept, report_for(kept, "b"));
  ASSERT_TRUE(loop.run(journal->forget(gone.task.arn)));
  ASSERT_TRUE(loop.run(journal->forget(gone.task.arn)));
  reopen();
  EXPECT_EQ(load(), std::vector{kept});
  ASSERT_EQ(waiting().size(), 1u);
  EXPECT_EQ(waiting()[0].report.body, "b");
}

TEST_F(SqliteJournalTest, AHostChangeKeepsItsFirstOldValue) {
  ASSERT_TRUE(loop.run(journal->note_host_change({"sysctl", "net.ipv4.ip_forward", "0"})));
  ASSERT_TRUE(loop.run(journal->note_host_change({"sysctl", "net.ipv4.ip_forward", "1"})));
  ASSERT_TRUE(loop.run(journal->note_host_change({"bridge", "berth0", ""})));
  reopen();
  const std::vector<HostChange> expected{{"bridge", "berth0", ""},
                                         {"sysctl", "net.ipv4.ip_forward", "0"}};
  EXPECT_EQ(loop.run(journal->host_changes()).value(), expected);
}

TEST_F(SqliteJournalTest, RemembersWhoTheNodeIs) {
  ASSERT_TRUE(loop.run(journal->keep_identity({"lab", "arn:one"})));
  ASSERT_TRUE(loop.run(journal->keep_identity({"lab", "arn:two"})));
  reopen();
  EXPECT_EQ(loop.run(journal->identity()).value(), (NodeIdentity{"lab", "arn:two"}));
}

TEST_F(SqliteJournalTest, RefusesADirectoryThatIsNotThere) {
  const auto opened = SqliteJournal::open(path() + ".d/berth.db");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::NotFound) << opened.error();
}

}  // namespace
}  // namespace berth::records
