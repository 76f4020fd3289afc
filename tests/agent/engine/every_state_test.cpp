// every_state_test.cpp - every pair of container states, and everything that can be seen in it.
#include <gtest/gtest.h>

#include "agent/outbox/report.hpp"
#include "tests/agent/engine/seen.hpp"
#include "tests/agent/engine/world.hpp"

namespace berth::engine {
namespace {

constexpr WallTime kNow{std::chrono::hours(1)};

/// All a container can be at: its status and what goes with it.
std::vector<model::ContainerRecord> container_states() {
  std::vector<model::ContainerRecord> states(8);
  states[1].known = ContainerStatus::Pulled;
  states[2].known = ContainerStatus::Created;
  for (const std::size_t at : {3, 4, 5}) {
    states[at].known = ContainerStatus::Running;
    states[at].started_at = kNow - std::chrono::minutes(10);
  }
  states[4].ended = states[5].ended = model::Exit{1, kNow};
  states[5].restarting = true;
  states[6].known = states[7].known = ContainerStatus::Stopped;
  states[7].exit = model::Exit{1, kNow};
  return states;
}

std::vector<Sight> sights() {
  using Kind = ContainerLook::Kind;
  std::vector<Sight> all{Admitted{},     CgroupCreated{}, NetworkCreated{}, Rebooted{"b"},
                         ClockSet{kNow}, StopRequested{}, FinalAccepted{},  LookAgain{},
                         Released{},     CleanupDue{},    Cleaned{}};
  for (const Kind first : {Kind::Absent, Kind::Created, Kind::Running, Kind::Stopped}) {
    for (const Kind second : {Kind::Absent, Kind::Running}) {
      all.push_back(Looked{{{first, {}}, {second, {}}}, true, true});
    }
  }
  for (std::size_t at = 0; at < 2; ++at) {
    for (const Kind kind : {Kind::Absent, Kind::Created, Kind::Running, Kind::Stopped}) {
      all.push_back(ContainerLooked{at, {kind, {}}});
    }
    const std::vector<Sight> of_container{
        ImagePulled{at, "sha256:00", "", kNow},
        ImageNotPulled{at, false, Error{Errc::NotFound, 0, "x"}, kNow},
        ContainerCreated{at},
        ContainerStarted{at},
        ContainerExited{at, {0, kNow}},
        ContainerExited{at, {1, kNow}},
        StartTimedOut{at},
        ExitExamined{at, true, {}, 0},
        ExitExamined{at, false, model::OutOfMemory{1, {}, {}}, 1},
        ContainerRestarted{at},
        OutOfMemory{at},
        Probed{at, true, ""},
        Probed{at, false, "x"},
        StopSignalled{at},
        Killed{at}};
    all.insert(all.end(), of_container.begin(), of_container.end());
  }
  for (int kind = 0; kind <= static_cast<int>(StepKind::Clean); ++kind) {
    const auto step_kind = static_cast<StepKind>(kind);
    const bool of_task = name_of(Step{step_kind, {}}).find("Container") == std::string::npos;
    for (const Errc code : {Errc::Invalid, Errc::TimedOut, Errc::Cancelled}) {
      all.push_back(StepFailed{{step_kind, 0}, Error{code, 0, "x"}});
      if (of_task) all.push_back(StepFailed{{step_kind, {}}, Error{code, 0, "x"}});
    }
  }
  // A failure names a container exactly where its step does.
  std::erase_if(all, [](const Sight& sight) {
    const auto* failed = std::get_if<StepFailed>(&sight);
    if (failed == nullptr) return false;
    const auto kind = failed->step.kind;
    const bool of_task = kind == StepKind::Look || kind == StepKind::AwaitResources ||
                         kind == StepKind::CreateCgroup || kind == StepKind::CreateNetwork ||
                         kind == StepKind::ClaimAddress || kind >= StepKind::Release;
    return of_task == failed->step.container.has_value();
  });
  return all;
}

struct Case {
  bool depends;   ///< the first waits for the second to be healthy
  bool admitted;  ///< with network and cgroup
  bool looked;
  bool busy;  ///< all that decide() wants is in flight
  Goal goal;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (int bits = 0; bits < 32; ++bits) {
    all.push_back({(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0,
                   (bits & 16) != 0 ? Goal::Stopped : Goal::Running});
  }
  return all;
}

Facts facts_of(const Case& one, const model::ContainerRecord& first,
               const model::ContainerRecord& second) {
  model::Container app = a_container("app");
  app.restart_policy = model::RestartPolicy{{0}, std::chrono::seconds(60)};
  model::Container side = a_container("side", false);
  side.health_check = model::HealthCheck{};
  side.start_timeout = std::chrono::seconds(5);
  if (one.depends) app.depends_on = {{"side", model::Condition::Healthy}};
  Facts facts = fresh_facts(a_record(a_task({app, side}), one.goal));
  facts.record.containers = {first, second};
  facts.record.admitted = one.admitted;
  facts.record.cgroup_ready = facts.record.network_ready = one.admitted;
  facts.looked = one.looked;
  if (one.busy) {
    for (const Step& step : decide(facts)) facts.in_flight.insert(step);
  }
  return facts;
}

/// Calls `check(facts before, sight)` for every pair of states and everything that can be seen.
template <class Check>
void for_every_state(Check check) {
  const std::vector<model::ContainerRecord> states = container_states();
  for (const Case& one : cases()) {
    for (const auto& first : states) {
      for (const auto& second : states) {
        check(facts_of(one, first, second));
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

bool went_backwards(const model::ContainerRecord& before, const model::ContainerRecord& after) {
  // What was created may have to be made anew; once it ran, a container only ever stops.
  if (before.known == ContainerStatus::Created) return after.known < ContainerStatus::Pulled;
  return after.known < before.known;
}

TEST(EveryState, GoesForwardOnlyAndForgetsNothing) {
  const std::vector<Sight> all = sights();
  for_every_state([&all](const Facts& before) {
    for (const Sight& sight : all) {
      const Facts after = apply(before, Observed{kNow, sight}, false);
      const auto what = sight.index();
      ASSERT_LE(before.record.goal, after.record.goal) << what;
      ASSERT_LE(before.record.known, after.record.known) << what;
      for (std::size_t at = 0; at < 2; ++at) {
        const model::ContainerRecord& was = before.record.containers[at];
        const model::ContainerRecord& is = after.record.containers[at];
        ASSERT_FALSE(went_backwards(was, is)) << what;
        ASSERT_TRUE(!was.exit || is.exit == was.exit) << what;
        ASSERT_TRUE(!was.fault || is.fault == was.fault) << what;
        ASSERT_FALSE(is.restarting && !is.ended) << what;
        ASSERT_FALSE(is.ended && is.known != ContainerStatus::Running) << what;
      }
    }
  });
}

TEST(EveryState, TellsTheEndExactlyOnce) {
  const std::vector<Sight> all = sights();
  for_every_state([&all](Facts before) {
    before = apply(std::move(before), Observed{kNow, FinalAccepted{}}, false);  // settles it
    before.record = told(std::move(before.record));
    const bool had_ended = before.record.known == TaskStatus::Stopped;
    for (const Sight& sight : all) {
      const Facts after = apply(before, Observed{kNow, sight}, false);
      const bool has_ended = after.record.known == TaskStatus::Stopped;
      const auto report = outbox::report_of(after.record, "lab");
      const bool final = report && report->final;
      ASSERT_EQ(final, has_ended && !had_ended) << sight.index();
      ASSERT_FALSE(outbox::report_of(told(after.record), "lab")) << sight.index();
    }
  });
}

TEST(EveryState, DecidesWithoutRepeatingWhatIsInFlight) {
  for_every_state([](const Facts& facts) {
    std::set<Step> chosen;
    for (const Step& step : decide(facts)) {
      ASSERT_FALSE(facts.in_flight.contains(step)) << name_of(step);
      ASSERT_TRUE(chosen.insert(step).second) << name_of(step);
    }
  });
}

TEST(EveryState, EndsOnceItIsStopped) {
  std::uint64_t seed = 0;
  for_every_state([&seed](Facts facts) {
    ++seed;
    testing::World world(facts.record, seed, static_cast<int>(seed % 3) * 10);
    for (std::size_t at = 0; at < 2; ++at) {
      const model::ContainerRecord& one = facts.record.containers[at];
      if (one.known == ContainerStatus::Created) {
        world.containers[at].kind = ContainerLook::Kind::Created;
      } else if (one.known == ContainerStatus::Running) {
        world.containers[at].kind =
            one.ended ? ContainerLook::Kind::Stopped : ContainerLook::Kind::Running;
      }
    }
    if (facts.record.admitted) world.cgroup = world.network = testing::Made::Whole;
    facts.in_flight.clear();
    world.facts = std::move(facts);

    world.see(StopRequested{});
    int moves = 0;
    for (; moves < 500 && world.begin(); ++moves) {
      if (world.facts.record.known == TaskStatus::Stopped) world.see(FinalAccepted{});
      world.complete_one();
    }

    ASSERT_TRUE(is_over(world.facts)) << "seed " << seed;
    ASSERT_EQ(world.examined_alive, 0) << "seed " << seed;
  });
}

}  // namespace
}  // namespace berth::engine
