// whole_task_test.cpp - the steps that make and unmake what a task has on the node.
#include <gmock/gmock.h>

#include "agent/steps/await_time.hpp"
#include "agent/steps/clean.hpp"
#include "agent/steps/create_cgroup.hpp"
#include "agent/steps/create_network.hpp"
#include "agent/steps/look.hpp"
#include "agent/steps/start_container.hpp"
#include "tests/agent/steps/workbench.hpp"

namespace berth::steps {
namespace {

using namespace std::chrono_literals;
using Kind = engine::ContainerLook::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WholeTask : public ::testing::Test {
 protected:
  WholeTask() {
    model::Task task = testing::a_task({testing::a_container("web"), testing::a_container("log")});
    record = bench.record_of(std::move(task));
    runtime::Image image;
    image.name = record.task.containers[0].image;
    image.config.cmd = {"/bin/serve"};
    bench.images.here[image.name] = image;
  }
  RecordPtr shared() { return bench.share(record); }
  std::string id(std::size_t container) { return testing::id_of(shared(), container); }

  testing::Workbench bench;
  model::Record record;
};

TEST_F(WholeTask, CreatesAContainerOfTaskAndImage) {
  record.task.containers[0].mounts = {{"", "scratch", "/scratch", false}};

  const auto seen = bench.run(create_container(bench.tools, shared(), 0));

  ASSERT_TRUE(seen) << seen.error();
  EXPECT_EQ(*seen, Sight(engine::ContainerCreated{0}));
  const runtime::ContainerSpec& spec = bench.containers.all.at(id(0)).spec;
  EXPECT_EQ(spec.args, std::vector<std::string>{"/bin/serve"});
  EXPECT_TRUE(std::filesystem::is_directory(record.placement.files_dir + "/volumes/scratch"));
}

TEST_F(WholeTask, CreatesNothingWithoutImageOrCommand) {
  record.task.containers[1].image = "127.0.0.1:5000/gone:1";
  const auto no_image = bench.run(create_container(bench.tools, shared(), 1));
  bench.images.here.begin()->second.config.cmd.clear();
  const auto no_command = bench.run(create_container(bench.tools, shared(), 0));

  EXPECT_TRUE(no_image.failed_with(Errc::NotFound));
  EXPECT_TRUE(no_command.failed_with(Errc::Invalid));
  EXPECT_TRUE(bench.containers.all.empty());
}

TEST_F(WholeTask, StartsWhatWasCreatedInTheEnginesOwnWordsWhenItCannot) {
  ASSERT_TRUE(bench.run(create_container(bench.tools, shared(), 0)));
  const Error refusal{Errc::Invalid, 0, "exec: \"/bin/serve\": permission denied"};
  bench.containers.on_start = [&refusal](const std::string&) { return Result<>(refusal); };
  const auto refused = bench.run(start_container(bench.tools, shared(), 0));
  bench.containers.on_start = nullptr;
  const auto started = bench.run(start_container(bench.tools, shared(), 0));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), refusal);
  EXPECT_EQ(started.value(), Sight(engine::ContainerStarted{0}));
}

TEST_F(WholeTask, TellsTheLimitThatACreationOrAStartWasOver) {
  bench.containers.plan.fail_call(1, Error{Errc::TimedOut, 0, "no answer in time"});
  const auto not_created = bench.run(create_container(bench.tools, shared(), 0));
  ASSERT_TRUE(bench.run(create_container(bench.tools, shared(), 0)));
  bench.containers.on_start = [](const std::string&) {
    return Result<>(Error{Errc::TimedOut, 0, "no answer in time"});
  };
  const auto not_started = bench.run(start_container(bench.tools, shared(), 0));

  ASSERT_FALSE(not_created);
  EXPECT_EQ(not_created.error().message,
            "Could not transition to created; timed out after waiting 4m0s");
  ASSERT_FALSE(not_started);
  EXPECT_EQ(not_started.error().message,
            "Could not transition to started; timed out after waiting 3m0s");
}

TEST_F(WholeTask, StartsNoMoreAtOnceThanTheGateLetsThrough) {
  auto first = bench.loop.run(bench.starts.enter());
  auto second = bench.loop.run(bench.starts.enter());

  const auto step = bench.begin(create_container(bench.tools, shared(), 0));
  const bool waited = !*step;
  first = Gate::Pass();
  while (!*step) {  // a part of it is done on a thread of its own
    bench.loop.io.restart();
    bench.loop.io.run_one();
  }

  EXPECT_TRUE(waited);
  EXPECT_TRUE(**step) << (*step)->error();
}

TEST_F(WholeTask, LooksUntilEverythingCouldBeSeen) {
  bench.add_running(id(0));
  bench.containers.plan.fail_call(4, Error{Errc::Unavailable, 0, "engine away"});

  const auto seen = bench.finish(bench.begin(look(bench.tools, shared())));

  ASSERT_TRUE(seen) << seen.error();
  const engine::Looked expected{
      {{Kind::Running, std::nullopt}, {Kind::Absent, std::nullopt}}, false, false};
  EXPECT_EQ(*seen, Sight(expected));
}

TEST_F(WholeTask, MakesACgroupWithTheTasksLimits) {
  record.placement.cgroup_path = "/berth/t1";
  record.task.cpu = 0.5;
  record.task.memory = Mebibytes{64};
  bench.tree.add(cgroups::testing::fresh_v2("berth"));
  bench.tree.add(cgroups::testing::fresh_v2("berth/t1"));

  const auto seen = bench.run(create_cgroup(bench.tools, shared()));

  ASSERT_TRUE(seen) << seen.error();
  EXPECT_EQ(*seen, Sight(engine::CgroupCreated{}));
  EXPECT_THAT(bench.tree.text("berth/t1/cpu.max"), HasSubstr("50000 100000"));
  EXPECT_THAT(bench.tree.text("berth/t1/memory.max"), HasSubstr("67108864"));
}

TEST_F(WholeTask, WritesNameFilesOnlyForATaskWithoutANetwork) {
  record.task.containers[0].extra_hosts = {"db:10.0.0.2"};

  const auto seen = bench.run(create_network(bench.tools, shared()));

  ASSERT_TRUE(seen) << seen.error();
  EXPECT_EQ(*seen, Sight(engine::NetworkCreated{}));
  const Dir files = Dir::open(record.placement.files_dir).value();
  EXPECT_THAT(files.list().value(), ElementsAre("hostname", "hosts", "resolv.conf"));
}

TEST_F(WholeTask, ReleasesEveryContainerThoughTheEngineIsAwayForAWhile) {
  bench.add_running(id(0));
  bench.add_running(id(1));
  for (const int nth : {6, 7}) {
    bench.containers.plan.fail_call(nth, Error{Errc::Unavailable, 0, "engine away"});
  }

  // Its last part runs on a thread of its own, which the clock does not move.
  const auto step = bench.begin(release(bench.tools, shared()));
  while (!*step) {
    if (const auto next = bench.clock.next_wake()) bench.clock.advance(*next);
    bench.loop.io.restart();
    bench.loop.io.run_one();
  }

  ASSERT_TRUE(**step) << (*step)->error();
  EXPECT_EQ((*step)->value(), Sight(engine::Released{}));
  for (const auto& [name, container] : bench.containers.all) {
    EXPECT_EQ(container.state.kind, runtime::ContainerState::Kind::Absent) << name;
  }
}

TEST_F(WholeTask, WaitsWithCleaningAsLongAsItIsConfigured) {
  bench.tools.limits.cleanup = 3h;
  record.stopped_at = bench.clock.wall() - 1h;

  const auto step = bench.begin(await_cleanup(bench.tools, shared()));
  bench.advance(2h - 1ms);
  const bool waited = !*step;
  bench.advance(1ms);

  EXPECT_TRUE(waited);
  ASSERT_TRUE(*step);
  EXPECT_EQ((*step)->value(), Sight(engine::CleanupDue{}));
}

TEST_F(WholeTask, TakesContainersFilesAndLogsAway) {
  bench.add_running(id(0));
  bench.add_running("other-0");
  std::filesystem::create_directories(record.placement.files_dir + "/volumes/v");
  std::filesystem::create_directories(record.placement.logs_dir + "/web");

  const auto seen = bench.run(clean(bench.tools, shared()));
  const auto again = bench.run(clean(bench.tools, shared()));

  ASSERT_TRUE(seen) << seen.error();
  EXPECT_TRUE(again) << again.error();
  EXPECT_EQ(bench.containers.all.size(), 1U);
  EXPECT_TRUE(std::filesystem::is_empty(bench.scratch));
}

}  // namespace
}  // namespace berth::steps
