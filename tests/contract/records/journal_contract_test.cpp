// journal_contract_test.cpp - what the seams Journal and ReportQueue promise, fake or SQLite.
#include <gmock/gmock.h>

#include "tests/agent/records/full_record.hpp"
#include "tests/contract/records/on_disk.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::testing {
namespace {

using records::QueuedReport;
using records::Report;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct InMemory {
  Loop loop;
  FakeJournal book{loop.io.get_executor()};
};

template <class World>
class JournalContract : public ::testing::Test {
 protected:
  Result<std::optional<QueuedReport>> commit(model::Record record,
                                             std::optional<Report> report = std::nullopt) {
    return world.loop.run(world.book.commit(std::move(record), std::move(report)));
  }
  QueuedReport tell(const model::Record& record, const std::string& body, bool final = false) {
    const auto queued = commit(record, Report{record.task.arn, body, final});
    EXPECT_TRUE(queued && *queued);
    return queued && *queued ? **queued : QueuedReport{};
  }
  void forget(const model::Record& record) {
    const auto forgotten = world.loop.run(world.book.forget(record.task.arn));
    EXPECT_TRUE(forgotten) << forgotten.error();
  }
  std::vector<model::Record> load() {
    const auto loaded = world.loop.run(world.book.load());
    EXPECT_TRUE(loaded) << loaded.error();
    return loaded ? *loaded : std::vector<model::Record>{};
  }
  std::vector<QueuedReport> waiting() {
    const auto queued = world.loop.run(world.book.waiting());
    EXPECT_TRUE(queued) << queued.error();
    return queued ? *queued : std::vector<QueuedReport>{};
  }

  World world;
  const model::Record one = a_record(a_task({a_container("main")}, "1"));
  const model::Record two = a_record(a_task({a_container("main")}, "2"));
};

using Worlds = ::testing::Types<InMemory, OnDisk>;
class NameOfJournal {
 public:
  template <class World>
  static std::string GetName(int) {
    return std::is_same_v<World, InMemory> ? "Fake" : "Sqlite";
  }
};
TYPED_TEST_SUITE(JournalContract, Worlds, NameOfJournal);

TYPED_TEST(JournalContract, IsEmptyAtFirst) {
  EXPECT_THAT(this->load(), IsEmpty());
  EXPECT_THAT(this->waiting(), IsEmpty());
}

TYPED_TEST(JournalContract, KeepsEveryFieldOfARecord) {
  const model::Record record = full_record();

  const auto queued = this->commit(record);

  ASSERT_TRUE(queued) << queued.error();
  EXPECT_EQ(*queued, std::nullopt);
  EXPECT_THAT(this->load(), ElementsAre(record));
  EXPECT_THAT(this->waiting(), IsEmpty());
}

TYPED_TEST(JournalContract, KeepsTheLatestOfEachTaskInTheOrderOfCalls) {
  model::Record later = this->one;
  later.known = model::TaskStatus::Pulled;
  model::Record latest = this->one;
  latest.known = model::TaskStatus::Running;
  ASSERT_TRUE(this->commit(this->two));

  this->world.book.note(this->one);
  ASSERT_TRUE(this->commit(later));
  this->world.book.note(latest);

  EXPECT_THAT(this->load(), UnorderedElementsAre(latest, this->two));
}

TYPED_TEST(JournalContract, GivesBackReportsByteForByteInTheOrderOfTelling) {
  const QueuedReport first = this->tell(this->two, "{\"b\": 1,  \"a\":\"\\u00e9\n\"}");
  const QueuedReport second = this->tell(this->one, "second");
  const QueuedReport third = this->tell(this->two, "third", true);

  EXPECT_THAT(this->waiting(), ElementsAre(first, second, third));
  EXPECT_EQ(third.report, (Report{this->two.task.arn, "third", true}));
  EXPECT_LT(first.sequence, second.sequence);
  EXPECT_LT(second.sequence, third.sequence);
}

TYPED_TEST(JournalContract, ForgetsWhatWasAcceptedAndNoMore) {
  const QueuedReport first = this->tell(this->one, "first");
  const QueuedReport second = this->tell(this->one, "second");

  for (int time = 0; time < 2; ++time) {
    const auto taken = this->world.loop.run(this->world.book.accepted(first.sequence));
    EXPECT_TRUE(taken) << taken.error();
  }

  EXPECT_THAT(this->waiting(), ElementsAre(second));
  EXPECT_THAT(this->load(), ElementsAre(this->one));
}

TYPED_TEST(JournalContract, NeverNumbersTwoReportsAlike) {
  const QueuedReport first = this->tell(this->one, "first");
  ASSERT_TRUE(this->world.loop.run(this->world.book.accepted(first.sequence)));
  this->forget(this->one);

  const QueuedReport second = this->tell(this->two, "second");

  EXPECT_GT(second.sequence, first.sequence);
}

TYPED_TEST(JournalContract, ForgetsATaskWithItsReports) {
  this->tell(this->one, "gone");
  const QueuedReport kept = this->tell(this->two, "kept");

  for (int time = 0; time < 2; ++time) this->forget(this->one);

  EXPECT_THAT(this->load(), ElementsAre(this->two));
  EXPECT_THAT(this->waiting(), ElementsAre(kept));
}

TYPED_TEST(JournalContract, TakesAForgottenTaskAsANewOne) {
  ASSERT_TRUE(this->commit(full_record()));
  this->forget(full_record());

  ASSERT_TRUE(this->commit(this->one));

  EXPECT_THAT(this->load(), ElementsAre(this->one));
}

}  // namespace
}  // namespace berth::testing
