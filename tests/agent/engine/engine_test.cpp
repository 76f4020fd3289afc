// engine_test.cpp - runners over a fake node and journal: every step broken in turn.
#include "agent/engine/engine.hpp"

#include <gtest/gtest.h>

#include "agent/model/ids.hpp"
#include "agent/outbox/report.hpp"
#include "tests/agent/engine/seen.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_hands.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_timeline.hpp"
#include "tests/fakes/loop.hpp"

namespace berth::engine {
namespace {

/// An engine with one task's world; its reports are taken at once unless a test says otherwise.
struct Stage {
  Stage() {
    hands.tell = [this](Sight sight) {
      const std::size_t at = std::get<ContainerExited>(sight).container;
      engine->tell(model::container_id_of(model::task_id_of(arn), at), std::move(sight));
    };
    start_engine();
  }
  ~Stage() { stop(); }

  void start_engine() {
    Workshop workshop{hands,
                      journal,
                      timeline,
                      clock,
                      [](const model::Record& record) { return outbox::report_of(record, "lab"); },
                      [this](records::QueuedReport report) { on_report(std::move(report)); },
                      [](const model::Record&) {},
                      false,
                      "boot"};
    engine.emplace(std::move(workshop), loop.io.get_executor());
  }

  void on_report(records::QueuedReport report) {
    const auto& queue = journal.queue;
    EXPECT_NE(std::find(queue.begin(), queue.end(), report), queue.end()) << "not written yet";
    if (report.report.final && takes_final) engine->final_accepted(report.report.task_arn);
    told.push_back(std::move(report));
  }

  /// One turn of the loop; when nothing is ready, time moves to the next sleeper's moment.
  bool turn() {
    loop.io.restart();
    if (loop.io.poll_one() > 0) return true;
    const auto wake = clock.next_wake();
    if (!wake) return false;
    clock.advance(*wake);
    return true;
  }
  void settle() {
    for (int turns = 0; turns < 10'000 && turn(); ++turns) {
    }
  }
  void add(model::Record record) {
    arn = record.task.arn;
    ASSERT_TRUE(loop.run(engine->add(std::move(record))));
  }
  Result<> stop_task() { return loop.run(engine->stop_task(arn)); }
  void stop() {
    if (engine) {
      ASSERT_TRUE(loop.run(engine->stop()));
    }
    engine.reset();
  }
  int finals() const {
    return static_cast<int>(std::count_if(told.begin(), told.end(),
                                          [](const auto& report) { return report.report.final; }));
  }
  const model::Record& written() { return journal.written.at(arn); }

  testing::Loop loop;
  testing::FakeClock clock;
  testing::FakeJournal journal{loop.io.get_executor()};
  testing::FakeTimeline timeline;
  testing::FakeHands hands{loop.io.get_executor()};
  std::vector<records::QueuedReport> told;
  bool takes_final = true;
  std::string arn;
  std::optional<Engine> engine;
};

model::Record two_containers() {
  model::Container app = a_container("app");
  app.depends_on = {{"db", model::Condition::Start}};
  return a_record(a_task({std::move(app), a_container("db", false)}));
}

/// A whole life: up, asked to stop, cleaned up. Returns how many steps it took.
int live(Stage& stage) {
  stage.add(two_containers());
  stage.settle();
  if (stage.engine->knows(stage.arn)) {
    EXPECT_TRUE(stage.stop_task());
  }
  stage.settle();
  return stage.hands.plan.calls();
}

void expect_nothing_left(Stage& stage) {
  EXPECT_EQ(stage.finals(), 1);
  EXPECT_FALSE(stage.engine->knows(stage.arn));
  EXPECT_TRUE(stage.engine->records().empty());
  EXPECT_TRUE(stage.hands.in_flight.empty());
  EXPECT_TRUE(stage.hands.containers.empty());
  EXPECT_FALSE(stage.hands.cgroup);
  EXPECT_FALSE(stage.hands.network);
  EXPECT_TRUE(stage.journal.written.empty());
}

TEST(Engine, LeadsATaskFromAcceptedToForgotten) {
  Stage stage;
  live(stage);
  expect_nothing_left(stage);
  EXPECT_GT(stage.told.size(), 1u);
}

TEST(Engine, KeepsATimelineFromTheFirstLineToTheLast) {
  Stage stage;
  live(stage);

  const std::vector<model::Entry>& lines = stage.timeline.kept.at(stage.arn).entries;
  ASSERT_GT(lines.size(), 20u);
  EXPECT_EQ(lines.front().kind, model::EntryKind::Accepted);
  EXPECT_EQ(lines.back().kind, model::EntryKind::Cleaned);
  const auto begun = std::count_if(lines.begin(), lines.end(), [](const model::Entry& line) {
    return line.kind == model::EntryKind::StepBegun || line.kind == model::EntryKind::Queued;
  });
  const auto ended = std::count_if(lines.begin(), lines.end(), [](const model::Entry& line) {
    return line.took && line.kind != model::EntryKind::Seen;
  });
  EXPECT_EQ(begun, ended);
}

TEST(Engine, SaysWhatATaskWaitsForJustNow) {
  Stage stage;
  stage.hands.holds = {StepKind::PullImage};
  stage.hands.held.shut();
  stage.add(two_containers());
  stage.settle();
  stage.engine->pulled(stage.arn, 0, {"downloading", "1.0 of 9.0 MiB"});

  const std::optional<model::Why> why = stage.engine->why(stage.arn);

  ASSERT_TRUE(why && why->waiting);
  EXPECT_EQ(why->waiting->what,
            "image 127.0.0.1:5000/web:1 of container app to be pulled (downloading, 1.0 of 9.0 "
            "MiB)");
  EXPECT_EQ(stage.engine->why("arn:other"), std::nullopt);
  stage.hands.held.open();
}

TEST(Engine, ATaskThatWaitsForItsNicGoesAtOnceWhenItIsStopped) {
  Stage stage;
  stage.hands.holds = {StepKind::CreateNetwork};
  stage.hands.nic = model::Waiting{};
  stage.hands.held.shut();
  stage.add(two_containers());
  stage.settle();

  EXPECT_TRUE(stage.stop_task());
  stage.settle();

  expect_nothing_left(stage);
}

TEST(Engine, SaysThatTheDiskTakesNoRecord) {
  Stage stage;
  for (int nth = 2; nth < 10; ++nth) {
    stage.journal.plan.fail_call(nth, Error{Errc::Exhausted, 0, "disk full"});
  }
  stage.add(two_containers());
  while (stage.journal.plan.calls() < 4 && stage.turn()) {
  }

  const std::optional<model::Why> why = stage.engine->why(stage.arn);

  ASSERT_TRUE(why && why->waiting);
  EXPECT_EQ(why->waiting->what, "its record to be written: Exhausted: disk full");
}

TEST(Engine, EndsATaskProperlyWhicheverStepFails) {
  Stage plain;
  const int steps = live(plain);
  ASSERT_GT(steps, 10);
  for (const Errc code : {Errc::Denied, Errc::TimedOut, Errc::Unavailable, Errc::NotFound}) {
    for (int nth = 1; nth <= steps; ++nth) {
      SCOPED_TRACE(std::to_string(static_cast<int>(code)) + " at step " + std::to_string(nth));
      Stage stage;
      stage.hands.plan.fail_call(nth, Error{code, 0, "planned"});
      live(stage);
      expect_nothing_left(stage);
    }
  }
}

TEST(Engine, EndsATaskWhoseMainProcessExitsByItself) {
  Stage stage;
  stage.add(two_containers());
  stage.settle();
  stage.hands.exit(0, 3);
  stage.settle();
  expect_nothing_left(stage);
}

TEST(Engine, TellsNothingBeforeItIsWritten) {
  for (int failures = 1; failures <= 4; ++failures) {
    Stage stage;
    for (int nth = 0; nth < failures; ++nth) {
      stage.journal.plan.fail_call(2 + nth, Error{Errc::Exhausted, 0, "disk full"});
    }
    stage.add(two_containers());
    while (stage.journal.plan.calls() < 1 + failures) ASSERT_TRUE(stage.turn());
    EXPECT_TRUE(stage.told.empty());  // on_report() checks the rest
    stage.settle();
    EXPECT_FALSE(stage.told.empty());
    EXPECT_EQ(stage.written().known, model::TaskStatus::Running);
    ASSERT_TRUE(stage.stop_task());
    stage.settle();
    expect_nothing_left(stage);
  }
}

TEST(Engine, DoesNotTakeATaskThatCannotBeWritten) {
  Stage stage;
  stage.journal.plan.fail_call(1, Error{Errc::Exhausted, 0, "disk full"});
  const model::Record record = two_containers();
  const Result<> added = stage.loop.run(stage.engine->add(record));
  EXPECT_TRUE(added.failed_with(Errc::Exhausted));
  EXPECT_FALSE(stage.engine->knows(record.task.arn));
  stage.settle();
  EXPECT_TRUE(stage.hands.begun.empty());
}

TEST(Engine, LeavesATaskItKnowsAsItIs) {
  Stage stage;
  stage.add(two_containers());
  stage.settle();
  const std::size_t begun = stage.hands.begun.size();
  stage.add(two_containers());
  stage.settle();
  EXPECT_EQ(stage.hands.begun.size(), begun);
  EXPECT_EQ(stage.written().known, model::TaskStatus::Running);
}

TEST(Engine, ReportsARefusedTaskOnce) {
  Stage stage;
  model::Record record = a_record(a_task({}), model::Goal::Stopped);
  record.fault = model::Fault{model::FaultKind::Refused, "unknown volume"};
  stage.add(std::move(record));
  stage.settle();
  expect_nothing_left(stage);
  EXPECT_EQ(stage.told.size(), 1u);
}

TEST(Engine, KeepsATaskUntilItsEndWasTaken) {
  Stage stage;
  stage.takes_final = false;
  live(stage);
  EXPECT_EQ(stage.finals(), 1);
  EXPECT_TRUE(stage.engine->knows(stage.arn));
  EXPECT_TRUE(stage.written().released);
  stage.engine->final_accepted(stage.arn);
  stage.settle();
  expect_nothing_left(stage);
}

class EngineStopping : public ::testing::TestWithParam<StepKind> {};

TEST_P(EngineStopping, ChangesNoRecordAndGoesOnAfterTheRestart) {
  Stage stage;
  stage.hands.holds = {GetParam()};
  stage.hands.held.shut();
  stage.add(two_containers());
  stage.settle();
  if (stage.hands.in_flight.empty()) {
    ASSERT_TRUE(stage.stop_task());
  }
  stage.settle();
  ASSERT_FALSE(stage.hands.in_flight.empty());
  const auto written = stage.journal.written;
  const std::size_t told = stage.told.size();

  stage.stop();
  EXPECT_TRUE(stage.hands.in_flight.empty());
  EXPECT_EQ(stage.journal.written, written);
  EXPECT_EQ(stage.told.size(), told);

  stage.hands.held.open();
  stage.start_engine();
  stage.engine->recover(stage.loop.run(stage.journal.load()).value());
  stage.settle();
  if (stage.engine->knows(stage.arn)) {
    EXPECT_TRUE(stage.stop_task());
  }
  stage.settle();
  expect_nothing_left(stage);
}

INSTANTIATE_TEST_SUITE_P(AtEachStep, EngineStopping,
                         ::testing::Values(StepKind::CreateCgroup, StepKind::CreateNetwork,
                                           StepKind::PullImage, StepKind::CreateContainer,
                                           StepKind::StartContainer, StepKind::SignalContainer,
                                           StepKind::Release, StepKind::AwaitCleanup,
                                           StepKind::Clean),
                         [](const auto& at) { return std::string(name_of(at.param)); });

/// Puts how `work` ended where a test can look.
Async<> note_end(Async<> work, std::optional<Result<>>* outcome) {
  Result<> ended = co_await std::move(work);
  *outcome = std::move(ended);
  co_return ok();
}

TEST(EngineStopTask, ReturnsOnlyOnceItIsWritten) {
  Stage stage;
  stage.add(two_containers());
  stage.settle();
  std::optional<Result<>> outcome;
  stage.journal.commits.shut();
  stage.loop.nursery.start("stop", note_end(stage.engine->stop_task(stage.arn), &outcome));
  stage.settle();
  EXPECT_FALSE(outcome);
  EXPECT_EQ(stage.written().goal, model::Goal::Running);
  stage.journal.commits.open();
  while (!outcome) ASSERT_TRUE(stage.turn());
  EXPECT_TRUE(*outcome);
  EXPECT_EQ(stage.written().goal, model::Goal::Stopped);
}

TEST(EngineStopTask, EndsAPullThatIsUnderWay) {
  Stage stage;
  stage.hands.holds = {StepKind::PullImage};
  stage.hands.held.shut();
  stage.add(two_containers());
  stage.settle();
  ASSERT_EQ(stage.hands.in_flight.size(), 2u);
  ASSERT_TRUE(stage.stop_task());
  stage.settle();
  expect_nothing_left(stage);
}

TEST(EngineStopTask, ReturnsForATaskThatIsJustBeingForgotten) {
  Stage stage;
  stage.journal.forgets.shut();
  live(stage);
  ASSERT_TRUE(stage.engine->knows(stage.arn));
  std::optional<Result<>> outcome;
  stage.loop.nursery.start("stop", note_end(stage.engine->stop_task(stage.arn), &outcome));
  stage.settle();
  stage.journal.forgets.open();
  stage.settle();
  EXPECT_FALSE(stage.engine->knows(stage.arn));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(*outcome);
}

TEST(EngineStopTask, DoesNotKnowATaskThatIsNotHere) {
  Stage stage;
  EXPECT_TRUE(stage.loop.run(stage.engine->stop_task("arn:none")).failed_with(Errc::NotFound));
}

TEST(EngineGiveUp, StopsATaskForTheNodesReason) {
  const model::Fault why{model::FaultKind::Network, "it cannot be held to its groups"};
  Stage stage;
  stage.takes_final = false;
  stage.add(two_containers());
  stage.settle();

  stage.engine->give_up(stage.arn, why);
  stage.engine->give_up("arn:none", why);
  stage.settle();

  EXPECT_EQ(stage.written().known, model::TaskStatus::Stopped);
  EXPECT_EQ(stage.written().fault, why);
}

TEST(EngineGiveUp, LeavesATaskThatIsStoppingItsReason) {
  Stage stage;
  stage.takes_final = false;
  stage.add(two_containers());
  stage.settle();
  ASSERT_TRUE(stage.stop_task());

  stage.engine->give_up(stage.arn, {model::FaultKind::Network, "no network"});
  stage.settle();

  EXPECT_EQ(stage.written().known, model::TaskStatus::Stopped);
  EXPECT_EQ(stage.written().fault, std::nullopt);
}

TEST(EngineGiveUp, EndsATaskThatWasJustTakenUp) {
  const model::Fault why{model::FaultKind::Network, "it cannot be held to its groups"};
  Stage stage;
  stage.takes_final = false;
  stage.add(two_containers());
  stage.settle();
  stage.stop();
  stage.start_engine();

  stage.engine->recover(stage.loop.run(stage.journal.load()).value());
  stage.engine->give_up(stage.arn, why);
  stage.settle();

  EXPECT_EQ(stage.written().known, model::TaskStatus::Stopped);
  EXPECT_EQ(stage.written().fault, why);
  EXPECT_EQ(stage.finals(), 1);
}

/// The clock is set while the task runs, or while berthd is away.
class EngineClock : public ::testing::TestWithParam<bool> {};

TEST_P(EngineClock, MovesTheTimesOfTheRecord) {
  Stage stage;
  stage.takes_final = false;
  stage.add(two_containers());
  stage.settle();
  const WallTime started = *stage.written().containers[0].started_at;

  if (GetParam()) stage.stop();
  stage.clock.shift_wall(std::chrono::hours(1));
  if (GetParam()) {
    stage.start_engine();
    stage.engine->recover(stage.loop.run(stage.journal.load()).value());
  }
  stage.engine->give_up(stage.arn, model::Fault{model::FaultKind::Drained, "it is drained"});
  stage.settle();

  const model::Record& record = stage.written();
  EXPECT_EQ(*record.containers[0].started_at, started + std::chrono::hours(1));
  EXPECT_LT(record.execution_stopped_at.value() - *record.containers[0].started_at,
            std::chrono::hours(1));
  const auto& entries = stage.timeline.kept.at(stage.arn).entries;
  EXPECT_EQ(std::count_if(
                entries.begin(), entries.end(),
                [](const auto& entry) { return entry.text == "the clock was set 3600 s forward"; }),
            1);
}

INSTANTIATE_TEST_SUITE_P(HereOrAway, EngineClock, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "Away" : "Here"; });

TEST(EngineDrain, StopsAllAndTakesNoMore) {
  Stage stage;
  stage.takes_final = false;
  stage.add(two_containers());
  stage.settle();

  stage.engine->drain("it is drained");
  stage.settle();

  EXPECT_EQ(stage.written().fault, (model::Fault{model::FaultKind::Drained, "it is drained"}));
}

TEST(EngineDrain, StopsATaskThatWasBeingWrittenDown) {
  Stage stage;
  stage.takes_final = false;
  stage.journal.commits.shut();
  model::Record record = two_containers();
  stage.arn = record.task.arn;
  stage.loop.nursery.start("add", stage.engine->add(std::move(record)));
  stage.settle();

  stage.engine->drain("it is drained");
  stage.journal.commits.open();
  stage.settle();

  EXPECT_EQ(stage.written().fault, (model::Fault{model::FaultKind::Drained, "it is drained"}));
}

TEST(EngineDrain, EndsWhenTasksAreTakenAgain) {
  Stage stage;
  stage.engine->drain("the machine shuts down or reboots");

  stage.engine->take_again();
  stage.add(two_containers());
  stage.settle();

  EXPECT_EQ(stage.written().goal, model::Goal::Running);
}

TEST(Engine, IgnoresWhatHappensToContainersOfNobody) {
  Stage stage;
  stage.add(two_containers());
  stage.settle();
  const model::Record before = stage.written();
  stage.engine->tell("nobody-0", ContainerExited{0, model::Exit{1, {}}});
  stage.engine->final_accepted("arn:none");
  stage.settle();
  EXPECT_EQ(stage.written(), before);
}

TEST(Engine, FindsOutWhatItMissed) {
  Stage stage;
  stage.add(two_containers());
  stage.settle();
  stage.hands.containers[0] = testing::FakeHands::Kind::Stopped;  // and no event
  stage.engine->look_again();
  stage.settle();
  expect_nothing_left(stage);
}

}  // namespace
}  // namespace berth::engine
