// workbench.hpp - the steps' tools with nothing real behind them but a scratch folder.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/model/ids.hpp"
#include "agent/steps/tools.hpp"
#include "tests/cgroups/fake_tree.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_runtime.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::steps::testing {

using berth::testing::a_container;
using berth::testing::a_task;

/// What a step answered; empty while it goes on.
using Outcome = std::shared_ptr<std::optional<Result<Sight>>>;

/// One node. Time stands still until a test moves it. The cgroups are files of a v2 tree.
class Workbench {
 public:
  Workbench() {
    std::string pattern = ::testing::TempDir() + "berth-steps-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    scratch = pattern;
    tools.settings.logger = "/usr/bin/berth-logger";
    tools.settings.region = "us-east-1";
  }
  ~Workbench() {
    loop.stop();
    std::filesystem::remove_all(scratch);
  }
  Workbench(const Workbench&) = delete;

  /// The task just accepted, its files below the scratch folder.
  model::Record record_of(model::Task task) const {
    model::Record record = berth::testing::a_record(std::move(task));
    record.placement.files_dir = scratch + "/files";
    record.placement.logs_dir = scratch + "/logs";
    return record;
  }
  RecordPtr share(model::Record record) const {
    return std::make_shared<const model::Record>(std::move(record));
  }

  /// Begins a step and goes on until it waits for something.
  Outcome begin(Async<Sight> step, const std::string& name = "step") {
    auto outcome = std::make_shared<std::optional<Result<Sight>>>();
    loop.nursery.start(name, keep(std::move(step), outcome));
    settle();
    return outcome;
  }
  void advance(std::chrono::steady_clock::duration by) {
    clock.advance(by);
    settle();
  }
  /// Moves time on, from one sleeper's end to the next, until the step has answered.
  Result<Sight> finish(const Outcome& outcome) {
    settle();
    while (!*outcome) {
      const auto next = clock.next_wake();
      if (!next) return Error{Errc::Broken, 0, "the step waits for nothing this node has"};
      advance(*next);
    }
    return **outcome;
  }
  Result<Sight> run(Async<Sight> step) { return loop.run(std::move(step)); }

  /// Puts a container that runs onto the node.
  void add_running(const std::string& id) {
    runtime::ContainerSpec spec;
    spec.id = id;
    spec.args = {"/bin/serve"};
    const Deadline by = Deadline::never();
    EXPECT_TRUE(loop.run(containers.create(spec, by)));
    EXPECT_TRUE(loop.run(containers.start(id, by)));
  }

  berth::testing::Loop loop;
  std::string scratch;
  berth::testing::FakeClock clock;
  berth::testing::FakeEvents events{loop.io.get_executor()};
  berth::testing::FakeContainers containers{&events};
  berth::testing::FakeImages images;
  cgroups::testing::FakeTree tree;
  cgroups::Hierarchy hierarchy = opened(tree);
  Offload offload{1};
  Gate starts{loop.io.get_executor(), 2};
  firewall::Table firewall{{.table = "test"}};
  ports::Reservations ports{{40000, 40999}};
  Tools tools{images,
              SharedPulls(images),
              containers,
              hierarchy,
              netns::Pins("/nowhere", "test"),
              netns::AnyDriver("test", netns::Pins("/nowhere", "test")),
              cni::Network(cni::Settings{}),
              firewall,
              ports,
              nullptr,
              offload,
              clock,
              Gate(loop.io.get_executor(), 1),
              NftablesLinger(loop.io.get_executor(), offload),
              starts,
              Admission(loop.io.get_executor(), {CpuUnits{2048}, Mebibytes{4096}, {}}),
              {},
              {},
              PullBehavior::Default};

 private:
  static cgroups::Hierarchy opened(cgroups::testing::FakeTree& made) {
    made.add({{"cgroup.controllers", "cpu memory pids\n"}, {"cgroup.subtree_control", ""}});
    return made.v2();
  }
  static Async<> keep(Async<Sight> step, Outcome into) {
    Result<Sight> seen = co_await std::move(step);
    *into = seen;
    co_return ok();
  }
  void settle() {
    loop.io.restart();
    loop.io.poll();
  }
};

/// The id of the one task's nth container.
inline std::string id_of(const RecordPtr& record, std::size_t container = 0) {
  return model::container_id_of(model::task_id_of(record->task.arn), container);
}

}  // namespace berth::steps::testing
