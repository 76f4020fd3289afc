// stop_container_test.cpp - stop signal, stopTimeout, SIGKILL, by a clock moved by hand.
#include "agent/steps/stop_container.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "tests/agent/steps/workbench.hpp"

namespace berth::steps {
namespace {

using namespace std::chrono_literals;
using Signals = std::vector<int>;

class StopContainer : public ::testing::Test {
 protected:
  StopContainer() { record = bench.record_of(testing::a_task({testing::a_container("main")})); }

  /// Runs the container; signals up to SIGKILL mean nothing to it.
  void run_deaf() {
    bench.containers.ignored_signals = {SIGTERM, SIGQUIT};
    bench.add_running(id());
  }
  std::string id() { return testing::id_of(bench.share(record)); }
  const Signals& signals() { return bench.containers.all.at(id()).signals; }

  testing::Workbench bench;
  model::Record record;
};

TEST_F(StopContainer, SendsTheSignalThatWasAskedFor) {
  struct Case {
    const char *task, *image;
    int signal;
  };
  for (const Case& one :
       {Case{"", "", SIGTERM}, Case{"", "SIGQUIT", SIGQUIT}, Case{"SIGINT", "SIGQUIT", SIGINT}}) {
    record.task.containers[0].stop_signal = one.task;
    record.containers[0].image_stop_signal = one.image;
    bench.containers.all.clear();
    bench.add_running(id());

    const auto seen = bench.run(signal_container(bench.tools, bench.share(record), 0));

    ASSERT_TRUE(seen) << seen.error();
    EXPECT_EQ(*seen, Sight(engine::StopSignalled{0}));
    EXPECT_EQ(signals(), Signals{one.signal});
  }
}

TEST_F(StopContainer, SendsTheSignalAgainUntilTheEngineTakesIt) {
  run_deaf();
  for (const int nth : {3, 4}) {  // the first two calls made the container
    bench.containers.plan.fail_call(nth, Error{Errc::Unavailable, 0, "engine away"});
  }

  const auto step = bench.begin(signal_container(bench.tools, bench.share(record), 0));
  EXPECT_FALSE(*step);
  const auto seen = bench.finish(step);

  EXPECT_TRUE(seen) << seen.error();
  EXPECT_EQ(signals(), Signals{SIGTERM});
}

TEST_F(StopContainer, KillsWhenTheStopTimeoutIsOverAndNoSooner) {
  for (const auto& [own, wait] :
       {std::pair<std::optional<std::chrono::seconds>, std::chrono::seconds>{std::nullopt, 45s},
        {2s, 2s},
        {120s, 120s}}) {
    bench.tools.settings.stop_timeout = 45s;
    record.task.containers[0].stop_timeout = own;
    record.containers[0].stop_signalled_at = bench.clock.wall();
    bench.containers.all.clear();
    run_deaf();

    const auto step = bench.begin(kill_container(bench.tools, bench.share(record), 0));
    bench.advance(wait - 1ms);
    EXPECT_EQ(signals(), Signals{});
    EXPECT_FALSE(*step);
    bench.advance(1ms);

    EXPECT_EQ(signals(), Signals{SIGKILL});
    ASSERT_TRUE(*step);
    EXPECT_EQ((*step)->value(), Sight(engine::Killed{0}));
    EXPECT_EQ(bench.containers.all.at(id()).state.exit->code, 137);
  }
}

TEST_F(StopContainer, CountsTheTimeoutFromTheSignalAlsoAfterARestart) {
  record.task.containers[0].stop_timeout = 30s;
  record.containers[0].stop_signalled_at = bench.clock.wall() - 20s;
  run_deaf();

  const auto step = bench.begin(kill_container(bench.tools, bench.share(record), 0));
  bench.advance(9s);
  EXPECT_EQ(signals(), Signals{});
  bench.advance(1s);

  EXPECT_EQ(signals(), Signals{SIGKILL});
}

TEST_F(StopContainer, NeverWaitsLongerThanTheTimeoutWhenTheWallClockWasSetBack) {
  record.task.containers[0].stop_timeout = 30s;
  record.containers[0].stop_signalled_at = bench.clock.wall();
  bench.clock.shift_wall(-1h);
  run_deaf();

  const auto step = bench.begin(kill_container(bench.tools, bench.share(record), 0));
  bench.advance(30s);

  EXPECT_EQ(signals(), Signals{SIGKILL});
}

TEST_F(StopContainer, KillsAtOnceWhatGotNoSignal) {
  run_deaf();

  const auto step = bench.begin(kill_container(bench.tools, bench.share(record), 0));

  EXPECT_TRUE(*step);
  EXPECT_EQ(signals(), Signals{SIGKILL});
}

TEST_F(StopContainer, KillsNothingOnceItIsCancelled) {
  record.containers[0].stop_signalled_at = bench.clock.wall();
  run_deaf();

  const auto step = bench.begin(kill_container(bench.tools, bench.share(record), 0), "kill");
  bench.loop.nursery.cancel("kill");
  bench.advance(1h);

  ASSERT_TRUE(*step);
  EXPECT_TRUE((*step)->failed_with(Errc::Cancelled));
  EXPECT_EQ(signals(), Signals{});
}

TEST_F(StopContainer, LooksForAnExitNobodyHeardOf) {
  bench.add_running(id());
  bench.containers.exit(id(), 3);

  const auto step = bench.begin(confirm_exit(bench.tools, bench.share(record), 0));
  EXPECT_FALSE(*step);
  const auto seen = bench.finish(step);

  ASSERT_TRUE(seen) << seen.error();
  const auto& looked = std::get<engine::ContainerLooked>(*seen);
  EXPECT_EQ(looked.look.kind, engine::ContainerLook::Kind::Stopped);
  EXPECT_EQ(looked.look.exit->code, 3);
}

}  // namespace
}  // namespace berth::steps
