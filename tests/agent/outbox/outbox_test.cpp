// outbox_test.cpp - reports in order, each until it is taken, none lost.
#include "agent/outbox/outbox.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::outbox {
namespace {

using records::QueuedReport;
using records::Report;

/// A control plane that answers by a script, and an outbox that talks to it.
struct Post {
  explicit Post(testing::FakeJournal& to) : journal(to) { start_outbox(); }
  ~Post() { stop(); }

  void start_outbox() {
    outbox.emplace(
        journal, clock, [this](Report report) { return submit(this, std::move(report.body)); },
        [this](const QueuedReport& one) {
          if (one.report.final) finals.push_back(one.report.task_arn);
          settled.push_back(one.report.body);
        },
        [this](const std::string&, model::EntryKind, std::string text) {
          noted.push_back(std::move(text));
        },
        loop.io.get_executor());
  }
  void stop() {
    if (outbox) {
      ASSERT_TRUE(loop.run(outbox->stop()));
    }
    outbox.reset();
  }

  static Async<> submit(Post* post, std::string body) {
    ++post->open_calls;
    post->most_open = std::max(post->most_open, post->open_calls);
    post->tried.push_back(body);
    Result<> passed = co_await post->door.pass();
    --post->open_calls;
    if (!passed) co_return passed;
    if (auto failed = post->plan.next()) co_return *failed;
    post->taken.push_back(std::move(body));
    co_return ok();
  }

  /// Runs the loop until `enough`; who waits for its next try is told to try now.
  template <class Enough>
  void run_until(Enough enough) {
    while (!enough()) {
      loop.io.restart();
      if (loop.io.poll() == 0) outbox->try_now();
    }
  }
  void run_until_sent() {
    run_until([this] { return outbox->waiting() == 0; });
  }
  void offer(std::string arn, std::string body, bool final = false) {
    offer(Report{std::move(arn), std::move(body), final});
  }
  void offer(Report report) {
    const model::Record record = testing::a_record(testing::a_task({}));
    outbox->offer(*loop.run(journal.commit(record, std::move(report))).value());
  }

  testing::FakeJournal& journal;
  testing::Loop loop;
  testing::Latch door{loop.io.get_executor()};
  testing::FailPlan plan;  ///< counts what reached the control plane
  std::vector<std::string> tried, taken, finals, settled, noted;
  testing::FakeClock clock;
  int open_calls = 0;
  int most_open = 0;
  std::optional<Outbox> outbox;
};

using Texts = std::vector<std::string>;

class OutboxTest : public ::testing::Test {
 protected:
  asio::io_context io;
  testing::FakeJournal journal{io.get_executor()};
  Post post{journal};
};

TEST_F(OutboxTest, SendsTheReportsOfATaskInTheirOrderOneByOne) {
  post.door.shut();
  for (const char* body : {"1", "2", "3"}) post.offer("arn:task/a", body);
  EXPECT_EQ(post.outbox->waiting(), 3u);
  post.door.open();
  post.run_until_sent();
  EXPECT_EQ(post.taken, (Texts{"1", "2", "3"}));
  EXPECT_EQ(post.most_open, 1);
  EXPECT_TRUE(journal.queue.empty());
}

TEST_F(OutboxTest, SendsThoseOfDifferentTasksBesideEachOtherAtMostTen) {
  post.door.shut();
  for (int task = 0; task < 25; ++task) post.offer("arn:task/" + std::to_string(task), "x");
  post.run_until([this] { return post.open_calls == 10; });
  post.door.open();
  post.run_until_sent();
  EXPECT_EQ(post.taken.size(), 25u);
  EXPECT_EQ(post.most_open, 10);
}

TEST_F(OutboxTest, IsTellingOfATaskUntilItsLastReportIsTaken) {
  post.door.shut();
  post.offer("arn:task/a", "1");
  EXPECT_TRUE(post.outbox->is_telling_of("arn:task/a"));
  EXPECT_FALSE(post.outbox->is_telling_of("arn:task/b"));
  post.door.open();
  post.run_until_sent();
  EXPECT_FALSE(post.outbox->is_telling_of("arn:task/a"));
}

TEST_F(OutboxTest, TriesTheSameReportUntilItIsTaken) {
  for (int nth = 1; nth <= 3; ++nth) {
    post.plan.fail_call(nth, Error{Errc::Unavailable, 0, "connection refused"});
  }
  post.offer("arn:task/a", "1");
  post.offer("arn:task/a", "2", true);
  post.run_until_sent();
  EXPECT_EQ(post.tried, (Texts{"1", "1", "1", "1", "2"}));
  EXPECT_EQ(post.taken, (Texts{"1", "2"}));
  EXPECT_EQ(post.finals, Texts{"arn:task/a"});
  EXPECT_TRUE(journal.queue.empty());
}

TEST_F(OutboxTest, TriesAgainByItselfWhenNobodySaysThatItCan) {
  post.plan.fail_call(1, Error{Errc::TimedOut, 0, "no answer in time"});
  post.offer("arn:task/a", "1");
  while (post.outbox->waiting() > 0) {
    post.loop.io.restart();
    post.loop.io.run_one();
  }
  EXPECT_EQ(post.tried, (Texts{"1", "1"}));
}

TEST_F(OutboxTest, SendsWhatExpiredNoMoreAndGoesOn) {
  Report report{"arn:task/a", "1"};
  report.expires_at = post.clock.wall() + std::chrono::seconds(5);
  post.plan.fail_call(1, Error{Errc::Unavailable, 0, "connection refused"});
  post.door.shut();
  post.offer(report);
  post.offer("arn:task/a", "2");
  post.run_until([this] { return post.open_calls == 1; });
  post.clock.advance(std::chrono::seconds(5));
  post.door.open();
  post.run_until_sent();
  EXPECT_EQ(post.tried, (Texts{"1", "2"}));
  EXPECT_EQ(post.settled, Texts{"2"});
}

TEST_F(OutboxTest, NotesNothingOfAnInterfaceOfTheInstance) {
  post.offer(Report{"arn:attachment/1", "1", false, records::ReportCall::Attachments});
  post.run_until_sent();
  EXPECT_EQ(post.taken, Texts{"1"});
  EXPECT_TRUE(post.noted.empty());
}

TEST_F(OutboxTest, DropsWhatWillNeverBeTakenAndGoesOn) {
  post.plan.fail_call(1, Error{Errc::Invalid, 0, "InvalidParameterException"});
  post.offer("arn:task/a", "1");
  post.offer("arn:task/a", "2");
  post.run_until_sent();
  EXPECT_EQ(post.tried, (Texts{"1", "2"}));
  EXPECT_EQ(post.taken, Texts{"2"});
  EXPECT_TRUE(journal.queue.empty());
}

TEST_F(OutboxTest, TellsTheTimelineWhatBecameOfEachReport) {
  for (int nth = 1; nth <= 5; ++nth) {
    post.plan.fail_call(nth, Error{Errc::Unavailable, 0, "away"});
  }
  post.plan.fail_call(7, Error{Errc::Invalid, 0, "unknown task"});
  post.offer("arn:task/a", "1");
  post.offer("arn:task/a", "2", true);
  post.run_until_sent();

  EXPECT_EQ(post.noted, (Texts{"report 1 sent", "report 1 not taken: Unavailable: away",
                               "report 1 not taken at attempt 2: Unavailable: away",
                               "report 1 not taken at attempt 4: Unavailable: away",
                               "report 1 accepted at attempt 6", "report 2 sent",
                               "report 2 refused for good: Invalid: unknown task"}));
}

TEST_F(OutboxTest, CallsATaskOverOnlyForItsFinalReport) {
  post.plan.fail_call(2, Error{Errc::Invalid, 0, "unknown task"});
  post.offer("arn:task/a", "running");
  post.run_until_sent();
  EXPECT_TRUE(post.finals.empty());
  post.offer("arn:task/a", "stopped", true);  // refused for good: over all the same
  post.run_until_sent();
  EXPECT_EQ(post.finals, Texts{"arn:task/a"});
}

TEST_F(OutboxTest, LosesNothingOverAStop) {
  post.plan.fail_call(1, Error{Errc::Unavailable, 0, "connection refused"});
  post.offer("arn:task/a", "1");
  post.offer("arn:task/a", "2", true);
  post.offer("arn:task/b", "3");
  post.door.shut();
  post.run_until([this] { return post.open_calls == 2; });
  post.stop();
  EXPECT_EQ(journal.queue.size(), 3u);
  EXPECT_TRUE(post.taken.empty());
  EXPECT_TRUE(post.finals.empty());

  post.door.open();
  post.start_outbox();
  ASSERT_TRUE(post.loop.run(post.outbox->recover()));
  post.run_until_sent();
  std::sort(post.taken.begin(), post.taken.end());
  EXPECT_EQ(post.taken, (Texts{"1", "2", "3"}));
  EXPECT_EQ(post.finals, Texts{"arn:task/a"});
  EXPECT_TRUE(journal.queue.empty());
}

TEST_F(OutboxTest, LosesNothingWhenStoppedWhileWaitingForItsNextTry) {
  for (int nth = 1; nth <= 100; ++nth) {
    post.plan.fail_call(nth, Error{Errc::Unavailable, 0, "connection refused"});
  }
  post.offer("arn:task/a", "1");
  post.run_until([this] { return post.tried.size() == 2; });
  post.stop();
  EXPECT_EQ(journal.queue.size(), 1u);
}

TEST_F(OutboxTest, SendsOnceMoreAfterARestartWhatItCouldNotNoteAsTaken) {
  journal.failing_accepts = 1;
  post.offer("arn:task/a", "1", true);
  post.run_until_sent();
  EXPECT_EQ(post.finals.size(), 1u);
  EXPECT_EQ(journal.queue.size(), 1u);
  post.stop();
  post.start_outbox();
  ASSERT_TRUE(post.loop.run(post.outbox->recover()));
  post.run_until_sent();
  EXPECT_EQ(post.taken, (Texts{"1", "1"}));
  EXPECT_TRUE(journal.queue.empty());
}

}  // namespace
}  // namespace berth::outbox
