// explain_test.cpp - the one thing that a task waits for.
#include "agent/engine/explain.hpp"

#include <gtest/gtest.h>

#include "tests/agent/engine/seen.hpp"

namespace berth::engine {
namespace {

using model::Condition;
using model::Waiting;
using std::chrono::seconds;

const WallTime kBegan{seconds(1'767'225'600)};
constexpr seconds kLimit{60};

/// app depends on db, which is HEALTHY within 30 seconds or never; all steps may take kLimit.
struct Scene {
  Scene() {
    model::Container app = a_container("app");
    app.depends_on = {{"db", Condition::Healthy}};
    model::Container db = a_container("db");
    db.start_timeout = seconds(30);
    facts = fresh_facts(a_record(a_task({std::move(app), std::move(db)})));
    facts.record.accepted_at = kBegan;
    facts.record.admitted = true;
    facts.record.cgroup_ready = facts.record.network_ready = true;
    moment.limit_of = [](const Step& step) -> std::optional<std::chrono::milliseconds> {
      if (step.kind == StepKind::Look || step.kind == StepKind::Release) return std::nullopt;
      return kLimit;
    };
  }
  void are(ContainerStatus app, ContainerStatus db) {
    facts.record.containers[0].known = app;
    facts.record.containers[1].known = db;
  }
  void begin(StepKind kind, std::optional<std::size_t> container = {}, std::string so_far = "") {
    facts.in_flight.insert({kind, container});
    moment.in_flight[{kind, container}] = {kBegan + seconds(1), std::move(so_far)};
  }
  void stop(WallTime at) {
    facts.record.known = TaskStatus::Stopped;
    facts.record.goal = model::Goal::Stopped;
    facts.record.stopped_at = at;
  }
  std::optional<Waiting> waiting() const { return explain(facts, moment).waiting; }

  Facts facts;
  Moment moment;
};

std::optional<Waiting> until_the_limit(std::string what) {
  return Waiting{std::move(what), kBegan + seconds(1), kBegan + seconds(61), "it counts as failed"};
}

TEST(Explain, TellsTheStepInFlight) {
  struct Told {
    StepKind kind;
    std::optional<std::size_t> container;
    const char* what;
  };
  const Told cases[] = {
      {StepKind::AwaitResources, {}, "the node's resources: 512 MiB of memory (128 are free)"},
      {StepKind::CreateCgroup, {}, "its cgroup to be made"},
      {StepKind::CreateNetwork, {}, "its network to be made"},
      {StepKind::ClaimAddress, {}, "its address to be found free"},
      {StepKind::PullImage, 1,
       "image 127.0.0.1:5000/web:1 of container db to be pulled (downloading, 1.0 of 9.0 MiB)"},
      {StepKind::CreateContainer, 1, "container db to be created"},
      {StepKind::StartContainer, 1, "container db to be started"},
      {StepKind::ExamineExit, 1, "everything of container db to be gone"},
      {StepKind::RestartContainer, 1, "container db to be started again"},
  };
  for (const Told& c : cases) {
    Scene scene;
    scene.moment.queue_word = "512 MiB of memory (128 are free)";
    scene.begin(c.kind, c.container, "downloading, 1.0 of 9.0 MiB");
    EXPECT_EQ(scene.waiting(), until_the_limit(c.what)) << c.what;
  }
}

TEST(Explain, TellsWhichNicIsToComeBeforeTheNetworkIsMade) {
  Scene scene;
  scene.facts.record.network_ready = false;
  scene.begin(StepKind::CreateNetwork);
  const Waiting nic{"the NIC with MAC 02:00:00:00:00:01 to be plugged in", kBegan + seconds(2),
                    kBegan + seconds(302), "it is stopped"};
  scene.moment.awaited_nic = nic;

  EXPECT_EQ(scene.waiting(), nic);
}

TEST(Explain, TellsALookBeforeAllElse) {
  Scene scene;
  scene.facts.looked = false;
  scene.begin(StepKind::Look);
  scene.begin(StepKind::PullImage, 0);

  EXPECT_EQ(scene.waiting(),
            (Waiting{"a look at what is on the node", kBegan + seconds(1), std::nullopt, ""}));
}

TEST(Explain, TellsTheDependencyOnceNothingIsUnderWay) {
  Scene scene;
  scene.are(ContainerStatus::Pulled, ContainerStatus::Running);
  scene.facts.record.containers[1].started_at = kBegan + seconds(4);
  scene.begin(StepKind::CheckHealth, 1);
  scene.begin(StepKind::AwaitStartTimeout, 1);

  EXPECT_EQ(scene.waiting(),
            (Waiting{"container db (HEALTHY), which app depends on", kBegan + seconds(4),
                     kBegan + seconds(34), "app is stopped"}));

  scene.facts.record.task.containers[1].start_timeout.reset();
  EXPECT_EQ(scene.waiting(), (Waiting{"container db (HEALTHY), which app depends on",
                                      kBegan + seconds(4), std::nullopt, ""}));
}

TEST(Explain, TellsTheEndOfAChainOfDependencies) {
  Scene scene;
  model::Task task = scene.facts.record.task;
  model::Container web = a_container("web");
  web.depends_on = {{"app", Condition::Start}};
  task.containers.insert(task.containers.begin(), web);
  scene.facts = fresh_facts(a_record(task));
  scene.facts.record.admitted = true;
  scene.facts.record.containers[0].known = ContainerStatus::Pulled;
  scene.facts.record.containers[1].known = ContainerStatus::Pulled;
  scene.facts.record.containers[2].known = ContainerStatus::Running;
  scene.facts.record.containers[2].started_at = kBegan;

  EXPECT_EQ(scene.waiting()->what, "container db (HEALTHY), which app depends on");
}

TEST(Explain, TellsWhatAStopWaitsFor) {
  Scene scene;
  scene.are(ContainerStatus::Running, ContainerStatus::Running);
  scene.facts.record.goal = model::Goal::Stopped;
  scene.begin(StepKind::ExamineExit, 1);
  EXPECT_EQ(scene.waiting(), until_the_limit("everything of container db to be gone"));

  scene.facts.record.containers[0].stop_signalled_at = kBegan;
  scene.begin(StepKind::KillContainer, 0);
  EXPECT_EQ(scene.waiting(),
            (Waiting{"container app to end", kBegan, kBegan + kLimit, "it gets SIGKILL"}));
}

TEST(Explain, TellsWhatAStoppedTaskIsKeptFor) {
  Scene scene;
  scene.are(ContainerStatus::Stopped, ContainerStatus::Stopped);
  scene.stop(kBegan);
  EXPECT_EQ(scene.waiting(),
            (Waiting{"the control plane to take its STOPPED report", kBegan, std::nullopt, ""}));

  scene.facts.record.final_accepted = true;
  scene.begin(StepKind::Release);
  EXPECT_EQ(scene.waiting()->what, "its processes, network and cgroup to be removed");

  scene.moment.in_flight.clear();
  scene.begin(StepKind::AwaitCleanup);
  EXPECT_EQ(scene.waiting(), (Waiting{"its time on the node to be over", kBegan, kBegan + kLimit,
                                      "it is cleaned up"}));
}

TEST(Explain, TellsOfADiskThatTakesNothing) {
  Scene scene;
  scene.begin(StepKind::PullImage, 0);
  scene.moment.held_by_disk = Waiting{"its record to be written: full", kBegan, {}, ""};

  EXPECT_EQ(scene.waiting()->what, "its record to be written: full");
}

TEST(Explain, KnowsTheStateAndSinceWhen) {
  Scene scene;
  scene.are(ContainerStatus::Pulled, ContainerStatus::Running);
  const model::Why pending = explain(scene.facts, scene.moment);
  EXPECT_EQ(pending.task_arn, scene.facts.record.task.arn);
  EXPECT_EQ(pending.status, "PENDING");
  EXPECT_EQ(pending.since, kBegan);

  scene.are(ContainerStatus::Running, ContainerStatus::Running);
  scene.facts.record.known = TaskStatus::Running;
  scene.facts.record.containers[0].started_at = kBegan + seconds(9);
  scene.facts.record.containers[1].started_at = kBegan + seconds(4);
  const model::Why running = explain(scene.facts, scene.moment);
  EXPECT_EQ(running.status, "RUNNING");
  EXPECT_EQ(running.since, kBegan + seconds(9));
  EXPECT_EQ(running.waiting, std::nullopt);

  scene.are(ContainerStatus::Stopped, ContainerStatus::Stopped);
  scene.facts.record.containers[0].exit = model::Exit{3, kBegan};
  scene.stop(kBegan + seconds(20));
  const model::Why stopped = explain(scene.facts, scene.moment);
  EXPECT_EQ(stopped.status, "STOPPED");
  EXPECT_EQ(stopped.since, kBegan + seconds(20));
  EXPECT_EQ(stopped.verdicts.front().text, "essential container app ended: exited with code 3");
}

TEST(Explain, KnowsOfAPastTaskWhatItsTimelineTells) {
  using model::EntryKind;
  const model::Timeline timeline{"arn:1",
                                 {{kBegan, EntryKind::Accepted, "", "accepted", {}},
                                  {kBegan + seconds(1), EntryKind::Verdict, "", "it died", {}},
                                  {kBegan + seconds(1), EntryKind::Verdict, "app", "exited", {}},
                                  {kBegan + seconds(2), EntryKind::Cleaned, "", "gone", {}}},
                                 0,
                                 0};

  const model::Why why = explain_past(timeline);

  EXPECT_EQ(why.task_arn, "arn:1");
  EXPECT_EQ(why.status, "GONE");
  EXPECT_EQ(why.since, kBegan + seconds(2));
  EXPECT_EQ(why.waiting, std::nullopt);
  EXPECT_EQ(why.verdicts, (std::vector<model::Verdict>{{"", "it died"}, {"app", "exited"}}));
}

}  // namespace
}  // namespace berth::engine
