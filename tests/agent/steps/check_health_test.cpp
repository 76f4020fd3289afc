// check_health_test.cpp - when probes run, how long they may take, and what they count for.
#include "agent/steps/check_health.hpp"

#include <gtest/gtest.h>

#include "agent/engine/apply.hpp"
#include "tests/agent/steps/workbench.hpp"

namespace berth::steps {
namespace {

using namespace std::chrono_literals;
using model::Health;
using std::chrono::milliseconds;

/// A container that runs since now and is probed as the engine would: one probe after the other.
class CheckHealth : public ::testing::Test {
 protected:
  void run_with(const model::HealthCheck& check) {
    model::Task task = testing::a_task({testing::a_container("main")});
    task.containers[0].health_check = check;
    facts = engine::fresh_facts(bench.record_of(std::move(task)));
    facts.looked = true;
    facts.record.containers[0].known = model::ContainerStatus::Running;
    facts.record.containers[0].started_at = bench.clock.wall();
    began = bench.clock.now();
    bench.add_running(id());
    bench.containers.on_exec = [this](const std::string&, const runtime::ExecSpec&) {
      probed_at.push_back(std::chrono::duration_cast<milliseconds>(bench.clock.now() - began));
      return outcome;
    };
  }
  /// One probe, told to the record; the container's health after it.
  Health probe(Result<runtime::ExitStatus> with) {
    outcome = std::move(with);
    const auto seen =
        bench.finish(bench.begin(check_health(bench.tools, bench.share(facts.record), 0)));
    EXPECT_TRUE(seen) << seen.error();
    last = std::get<engine::Probed>(*seen);
    facts = engine::apply(std::move(facts), engine::Observed{bench.clock.wall(), *seen}, false);
    return facts.record.containers[0].health;
  }
  static runtime::ExitStatus exit(int code) { return {code, WallTime{}}; }
  std::string id() { return testing::id_of(bench.share(facts.record)); }

  testing::Workbench bench;
  engine::Facts facts;
  std::chrono::steady_clock::time_point began;
  Result<runtime::ExitStatus> outcome;
  std::vector<milliseconds> probed_at;
  engine::Probed last;
};

model::HealthCheck every(milliseconds interval, int retries = 3) {
  model::HealthCheck check;
  check.command = {"/bin/check"};
  check.interval = interval;
  check.retries = retries;
  return check;
}

TEST_F(CheckHealth, RunsTheCommandAnIntervalAfterStartAndAfterEachProbe) {
  run_with(every(7s));

  for (int time = 0; time < 3; ++time) probe(exit(0));

  EXPECT_EQ(probed_at, (std::vector<milliseconds>{7s, 14s, 21s}));
  const auto& execs = bench.containers.all.at(id()).execs;
  for (const runtime::ExecSpec& exec : execs) {
    EXPECT_EQ(exec.args, std::vector<std::string>{"/bin/check"});
  }
  EXPECT_NE(execs.at(0).id, execs.at(1).id);
}

TEST_F(CheckHealth, ProbesMoreOftenInTheStartPeriodUntilHealthy) {
  struct Case {
    milliseconds interval, start_period;
    std::vector<milliseconds> probed_at;
  };
  const Case cases[] = {
      {30s, 12s, {5s, 10s, 15s, 45s}},  // what is waited is chosen when the wait begins
      {2s, 12s, {2s, 4s, 6s, 8s}},
      {30s, 0s, {30s, 60s, 90s, 120s}},
  };
  for (const Case& one : cases) {
    model::HealthCheck check = every(one.interval);
    check.start_period = one.start_period;
    probed_at.clear();
    bench.containers.all.clear();
    run_with(check);

    for (std::size_t time = 0; time < one.probed_at.size(); ++time) probe(exit(1));

    EXPECT_EQ(probed_at, one.probed_at);
  }
}

TEST_F(CheckHealth, KeepsToTheIntervalOnceHealthyInTheStartPeriod) {
  model::HealthCheck check = every(30s);
  check.start_period = 300s;
  run_with(check);

  EXPECT_EQ(probe(exit(0)), Health::Healthy);
  probe(exit(0));

  EXPECT_EQ(probed_at, (std::vector<milliseconds>{5s, 35s}));
}

TEST_F(CheckHealth, IsUnhealthyAfterSoManyFailuresInARow) {
  run_with(every(5s, 3));

  EXPECT_EQ(probe(exit(1)), Health::Unknown);
  EXPECT_EQ(probe(exit(2)), Health::Unknown);
  EXPECT_EQ(probe(exit(0)), Health::Healthy);
  EXPECT_EQ(probe(exit(1)), Health::Healthy);
  EXPECT_EQ(probe(exit(1)), Health::Healthy);
  EXPECT_EQ(probe(exit(1)), Health::Unhealthy);
  EXPECT_EQ(probe(exit(0)), Health::Healthy);
}

TEST_F(CheckHealth, DoesNotCountFailuresOfTheStartPeriod) {
  model::HealthCheck check = every(5s, 2);
  check.start_period = 11s;
  run_with(check);

  EXPECT_EQ(probe(exit(1)), Health::Unknown);  // 5 s
  EXPECT_EQ(probe(exit(1)), Health::Unknown);  // 10 s
  EXPECT_EQ(probe(exit(1)), Health::Unknown);  // 15 s: the first that counts
  EXPECT_EQ(probe(exit(1)), Health::Unhealthy);
}

TEST_F(CheckHealth, TakesEveryEndButZeroForAFailure) {
  struct Case {
    Result<runtime::ExitStatus> outcome;
    bool healthy;
    std::string output;
  };
  const Case cases[] = {
      {exit(0), true, "exit code 0"},
      {exit(1), false, "exit code 1"},
      {exit(137), false, "exit code 137"},
      {Error{Errc::TimedOut, 0, "exec"}, false, "Health check exceeded timeout (2s)"},
      {Error{Errc::Invalid, 0, "/bin/check: not found"}, false, "/bin/check: not found"},
  };
  model::HealthCheck check = every(5s);
  check.timeout = 2s;
  run_with(check);
  for (const Case& one : cases) {
    probe(one.outcome);

    EXPECT_EQ(last, (engine::Probed{0, one.healthy, one.output}));
  }
}

TEST_F(CheckHealth, GivesTheCommandItsTimeout) {
  model::HealthCheck check = every(5s);
  check.timeout = 1500ms;
  run_with(check);

  probe(exit(0));
  const auto asked_at = bench.clock.now();

  EXPECT_EQ(bench.containers.all.at(id()).exec_limits,
            std::vector<Deadline>{Deadline{asked_at + 1500ms}});
}

TEST_F(CheckHealth, SaysNothingWhileTheEngineIsAway) {
  run_with(every(5s));
  for (const int nth : {3, 4}) {  // the first two calls made the container
    bench.containers.plan.fail_call(nth, Error{Errc::Unavailable, 0, "engine away"});
  }

  EXPECT_EQ(probe(exit(0)), Health::Healthy);

  EXPECT_EQ(probed_at, std::vector<milliseconds>{7s});
}

TEST_F(CheckHealth, EndsWithItsContainer) {
  run_with(every(5s));

  const auto step = bench.begin(check_health(bench.tools, bench.share(facts.record), 0), "probe");
  bench.loop.nursery.cancel("probe");
  bench.advance(1h);

  ASSERT_TRUE(*step);
  EXPECT_TRUE((*step)->failed_with(Errc::Cancelled));
  EXPECT_TRUE(probed_at.empty());
}

}  // namespace
}  // namespace berth::steps
