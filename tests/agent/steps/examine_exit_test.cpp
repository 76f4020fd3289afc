// examine_exit_test.cpp - what a cgroup says last, and those that outlive their main process.
#include "agent/steps/examine_exit.hpp"

#include <gtest/gtest.h>

#include "agent/plan/containers.hpp"
#include "tests/agent/steps/workbench.hpp"

namespace berth::steps {
namespace {

using namespace std::chrono_literals;

class ExamineExit : public ::testing::Test {
 protected:
  ExamineExit() {
    model::Task task = testing::a_task({testing::a_container("main")});
    task.containers[0].stop_timeout = 10s;
    record = bench.record_of(std::move(task));
    record.placement.cgroup_path = "/berth/t1";
    record.containers[0].known = model::ContainerStatus::Running;
    record.containers[0].ended = model::Exit{1, bench.clock.wall()};
  }
  std::string cgroup() { return plan::cgroup_path_of_container(record, 0).substr(1); }
  void add_cgroup(std::size_t processes, std::uint64_t oom_kills) {
    bench.tree.add(cgroups::testing::fresh_v2("berth"));
    bench.tree.add(cgroups::testing::fresh_v2("berth/t1"));
    bench.tree.add(cgroups::testing::fresh_v2(cgroup()));
    std::string procs;
    for (std::size_t i = 0; i < processes; ++i) procs += std::to_string(kNoProcess + i) + "\n";
    write("cgroup.procs", procs);
    write("cgroup.events", "populated " + std::to_string(processes > 0) + "\nfrozen 0\n");
    write("memory.events", "oom 1\noom_kill " + std::to_string(oom_kills) + "\n");
    write("memory.max", "max\n");
    write("memory.peak", "12582912\n");
    bench.tree.add({{"berth/t1/memory.max", "16777216\n"}});
  }
  void write(const std::string& file, const std::string& text) {
    bench.tree.add({{cgroup() + "/" + file, text}});
  }
  engine::ExitExamined finish(const testing::Outcome& step) {
    while (!*step) {
      if (const auto next = bench.clock.next_wake()) bench.clock.advance(*next);
      bench.loop.io.restart();
      bench.loop.io.run_one();
    }
    EXPECT_TRUE(**step) << (*step)->error();
    return std::get<engine::ExitExamined>((*step)->value());
  }
  engine::ExitExamined examine() {
    return finish(bench.begin(examine_exit(bench.tools, bench.share(record), 0)));
  }

  static constexpr std::size_t kNoProcess = 4'000'000;
  testing::Workbench bench;
  model::Record record;
};

TEST_F(ExamineExit, SaysThatNothingIsKnownOfACgroupThatIsGone) {
  EXPECT_EQ(examine(), (engine::ExitExamined{0, false, std::nullopt, 0}));
}

TEST_F(ExamineExit, FindsNothingAboutAnOrdinaryEnd) {
  add_cgroup(0, 0);

  EXPECT_EQ(examine(), (engine::ExitExamined{0, true, std::nullopt, 0}));
}

TEST_F(ExamineExit, TellsKillsPeakAndTheLowestLimitAboveThem) {
  add_cgroup(0, 2);

  EXPECT_EQ(examine().out_of_memory, (model::OutOfMemory{2, 16 << 20, 12 << 20}));
}

TEST_F(ExamineExit, WaitsForTheOthersToEndByThemselves) {
  add_cgroup(1, 0);
  const auto step = bench.begin(examine_exit(bench.tools, bench.share(record), 0));
  while (bench.clock.sleepers() == 0) {
    bench.loop.io.restart();
    bench.loop.io.run_one();
  }
  EXPECT_FALSE(*step);
  write("cgroup.procs", "");
  write("cgroup.events", "populated 0\nfrozen 0\n");

  EXPECT_EQ(finish(step).left_behind, 0);
}

}  // namespace
}  // namespace berth::steps
