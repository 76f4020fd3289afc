// timeline_contract_test.cpp - what the seam Timeline promises, fake or SQLite.
#include <gmock/gmock.h>

#include "agent/records/sqlite_timeline.hpp"
#include "tests/contract/records/on_disk.hpp"
#include "tests/fakes/fake_timeline.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::testing {
namespace {

using model::Entry;
using model::EntryKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct TimelineInMemory {
  Loop loop;
  FakeTimeline timeline;
};

struct TimelineOnDisk {
  OnDisk disk;
  Loop& loop = disk.loop;
  records::SqliteTimeline timeline{disk.book, disk.loop.io.get_executor()};
};

Entry numbered(int number) {
  return {WallTime(std::chrono::milliseconds(number)),
          EntryKind::Seen,
          "",
          "line " + std::to_string(number),
          {}};
}

template <class World>
class TimelineContract : public ::testing::Test {
 protected:
  model::Timeline read(const std::string& arn) {
    const auto timeline = world.loop.run(world.timeline.read(arn));
    EXPECT_TRUE(timeline) << timeline.error();
    return timeline ? *timeline : model::Timeline{};
  }
  std::vector<std::string> tasks() {
    const auto arns = world.loop.run(world.timeline.tasks());
    EXPECT_TRUE(arns) << arns.error();
    return arns ? *arns : std::vector<std::string>{};
  }

  World world;
};

using TimelineWorlds = ::testing::Types<TimelineInMemory, TimelineOnDisk>;
class NameOfTimeline {
 public:
  template <class World>
  static std::string GetName(int) {
    return std::is_same_v<World, TimelineInMemory> ? "Fake" : "Sqlite";
  }
};
TYPED_TEST_SUITE(TimelineContract, TimelineWorlds, NameOfTimeline);

TYPED_TEST(TimelineContract, KnowsNothingAtFirst) {
  EXPECT_EQ(this->read("arn:1"), (model::Timeline{"arn:1", {}, 0, 0}));
  EXPECT_THAT(this->tasks(), IsEmpty());
}

TYPED_TEST(TimelineContract, KeepsEveryFieldOfEveryKindInOrder) {
  std::vector<Entry> entries;
  for (const auto& [kind, name] : model::kEntryKinds) {
    entries.push_back({WallTime(std::chrono::milliseconds(1'767'225'600'123)), kind, "app",
                       "text \"é\" of " + std::string(name), std::chrono::milliseconds(45)});
  }
  entries.push_back(numbered(7));  // an earlier moment: the clock was set back

  for (const Entry& entry : entries) this->world.timeline.note("arn:1", entry);

  EXPECT_EQ(this->read("arn:1"), (model::Timeline{"arn:1", entries, 0, 0}));
}

TYPED_TEST(TimelineContract, KeepsTasksApartTheNewestFirst) {
  this->world.timeline.note("arn:1", numbered(1));
  this->world.timeline.note("arn:2", numbered(2));
  this->world.timeline.note("arn:3", numbered(3));
  this->world.timeline.note("arn:1", numbered(4));

  EXPECT_THAT(this->tasks(), ElementsAre("arn:1", "arn:3", "arn:2"));
  EXPECT_THAT(this->read("arn:1").entries, ElementsAre(numbered(1), numbered(4)));
  EXPECT_THAT(this->read("arn:2").entries, ElementsAre(numbered(2)));
}

TYPED_TEST(TimelineContract, KeepsTheBeginningAndTheEndAndCountsTheGap) {
  constexpr int kNoted = 1'000;
  for (int number = 1; number <= kNoted; ++number) {
    this->world.timeline.note("arn:1", numbered(number));
    if (number == 400) {
      EXPECT_EQ(this->read("arn:1").left_out, 0);
    }
  }

  const model::Timeline timeline = this->read("arn:1");

  ASSERT_EQ(timeline.entries.size(), 400u);
  EXPECT_EQ(timeline.left_out, 600);
  EXPECT_EQ(timeline.gap_at, 100u);
  EXPECT_EQ(timeline.entries[0], numbered(1));
  EXPECT_EQ(timeline.entries[99], numbered(100));
  EXPECT_EQ(timeline.entries[100], numbered(701));
  EXPECT_EQ(timeline.entries[399], numbered(1'000));
}

TYPED_TEST(TimelineContract, CutsLongTextsBetweenCharacters) {
  struct Case {
    std::string text;
    std::string kept;
  };
  const std::string most(300, 'x');
  const Case cases[] = {
      {most, most},
      {most + "y", std::string(297, 'x') + "..."},
      {std::string(296, 'x') + "é and more", std::string(296, 'x') + "..."},
  };
  for (const Case& c : cases) {
    Entry entry = numbered(1);
    entry.text = c.text;
    this->world.timeline.note("arn:1", entry);
    EXPECT_EQ(this->read("arn:1").entries.back().text, c.kept);
  }
}

}  // namespace
}  // namespace berth::testing
