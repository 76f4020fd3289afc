// move_times_test.cpp - records whose clock was set, in one process and between two.
#include "agent/engine/move_times.hpp"

#include <gtest/gtest.h>

#include "agent/records/codec.hpp"
#include "base/json.hpp"
#include "tests/agent/engine/seen.hpp"
#include "tests/agent/records/full_record.hpp"

namespace berth::engine {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

/// Counts the times in a record as it is written down, and adds them up.
struct Times {
  int count = 0;
  std::int64_t sum = 0;

  void add(const Json& json) {
    for (const auto& [name, value] : json.items()) {
      const bool is_time = name == "at" || name.ends_with("_at") || name.ends_with("_since");
      if (value.is_structured()) add(value);
      if (!is_time || !value.is_number()) continue;
      ++count;
      sum += value.get<std::int64_t>();
    }
  }
};

Times times_of(const model::Record& record) {
  Times times;
  times.add(*parse_json(records::encode(record), 1 << 20));
  return times;
}

TEST(MoveTimes, MovesEveryTimeOfARecord) {
  model::Record record = berth::testing::full_record();
  const Times before = times_of(record);

  move_times(record, milliseconds(1'000));

  const Times after = times_of(record);
  EXPECT_EQ(before.count, 12);
  EXPECT_EQ(after.sum - before.sum, before.count * 1'000);
}

TEST(ClockSetSight, MovesTheTimesByWhatTheBootMoved) {
  Facts facts = fresh_facts(a_record(a_task({a_container("web")})));
  facts.record.boot_began = at_ms(500);
  facts.record.containers[0].stop_signalled_at = at_ms(9'000);

  facts = see(std::move(facts), ClockSet{at_ms(500) + hours(1)});

  EXPECT_EQ(facts.record.containers[0].stop_signalled_at, at_ms(9'000) + hours(1));
  EXPECT_EQ(facts.record.boot_began, at_ms(500) + hours(1));
}

TEST(ClockSetSight, OnlyTellsARecordThatDoesNotKnowItsBootsBeginning) {
  Facts facts = fresh_facts(a_record(a_task({a_container("web")})));
  facts.record.containers[0].stop_signalled_at = at_ms(9'000);

  facts = see(std::move(facts), ClockSet{at_ms(500)});

  EXPECT_EQ(facts.record.containers[0].stop_signalled_at, at_ms(9'000));
  EXPECT_EQ(facts.record.boot_began, at_ms(500));
}

TEST(ClockSetSight, DoesNotMoveWhatWasWrittenInAnotherBoot) {
  Facts facts = fresh_facts(a_record(a_task({a_container("web")})));
  facts.record.boot_began = at_ms(500);
  facts.record.containers[0].created_at = at_ms(9'000);

  facts = see(std::move(facts), Rebooted{"b2", at_ms(20'000)});

  EXPECT_EQ(facts.record.containers[0].created_at, at_ms(9'000));
  EXPECT_EQ(facts.record.boot_began, at_ms(20'000));
}

}  // namespace
}  // namespace berth::engine
