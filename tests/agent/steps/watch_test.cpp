// watch_test.cpp - what the container engine says, as the tasks hear it.
#include "agent/steps/watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/model/ids.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_hands.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_runtime.hpp"
#include "tests/fakes/fake_timeline.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::steps {
namespace {

using berth::testing::a_container;
using berth::testing::a_record;
using berth::testing::a_task;
using engine::StepKind;

/// Two tasks of two running containers each, whose events are watched.
class WatchEvents : public ::testing::Test {
 protected:
  WatchEvents() {
    hands.tell = [](engine::Sight) {};
    for (const char* tail : {"1", "2"}) {
      model::Record record =
          a_record(a_task({a_container("app"), a_container("side", false)}, tail));
      arns.push_back(record.task.arn);
      EXPECT_TRUE(loop.run(engine.add(std::move(record))));
    }
    go_on();
    loop.nursery.start("events", watch_events(events, engine));
    go_on();
    hands.begun.clear();
  }
  ~WatchEvents() override {
    EXPECT_TRUE(loop.run(engine.stop()));
    loop.stop();
  }

  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }
  void happen(runtime::Event event) {
    events.push(std::move(event));
    go_on();
  }
  std::string id(std::size_t task, std::size_t container) const {
    return model::container_id_of(model::task_id_of(arns[task]), container);
  }
  const model::ContainerRecord& written(std::size_t task, std::size_t container) {
    return journal.written.at(arns[task]).containers[container];
  }
  long looks() const {
    return std::count_if(hands.begun.begin(), hands.begun.end(),
                         [](const engine::Step& step) { return step.kind == StepKind::Look; });
  }

  berth::testing::Loop loop;
  berth::testing::FakeClock clock;
  berth::testing::FakeJournal journal{loop.io.get_executor()};
  berth::testing::FakeTimeline timeline;
  berth::testing::FakeHands hands{loop.io.get_executor()};
  berth::testing::FakeEvents events{loop.io.get_executor()};
  engine::Engine engine{
      {hands, journal, timeline, clock, [](const model::Record&) { return std::nullopt; },
       [](records::QueuedReport) {}, [](const model::Record&) {}, false, "boot"},
      loop.io.get_executor()};
  std::vector<std::string> arns;
};

TEST_F(WatchEvents, TellsAnExitToTheContainerItIsOf) {
  const WallTime at{std::chrono::milliseconds(42)};

  happen(runtime::ContainerExited{id(1, 1), {7, at}});

  ASSERT_TRUE(written(1, 1).exit);
  EXPECT_EQ(*written(1, 1).exit, (model::Exit{7, at}));
  EXPECT_FALSE(written(1, 0).exit);
  EXPECT_FALSE(written(0, 1).exit);
}

TEST_F(WatchEvents, TellsThatMemoryRanOut) {
  happen(runtime::OutOfMemory{id(0, 1)});
  happen(runtime::ContainerExited{id(0, 1), {137, {}}});

  ASSERT_TRUE(written(0, 1).fault);
  EXPECT_EQ(written(0, 1).fault->kind, model::FaultKind::OutOfMemory);
  EXPECT_FALSE(written(1, 1).fault);
}

TEST_F(WatchEvents, HasEveryTaskLookAgainAfterAGap) {
  happen(runtime::Gap{});

  EXPECT_EQ(looks(), 2);
}

TEST_F(WatchEvents, PassesOverStartsAndContainersOfNobody) {
  const auto before = journal.written;

  happen(runtime::Started{id(0, 0), 4711});
  happen(runtime::ContainerExited{"nobody-0", {1, {}}});

  EXPECT_EQ(journal.written, before);
  EXPECT_EQ(looks(), 0);
}

}  // namespace
}  // namespace berth::steps
