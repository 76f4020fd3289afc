// auditor_test.cpp - a node of fakes: what is found, what is removed, what is left in peace.
#include "agent/upkeep/auditor.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "agent/model/ids.hpp"
#include "agent/plan/placement.hpp"
#include "tests/cgroups/fake_tree.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_node_book.hpp"
#include "tests/fakes/fake_runtime.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/own_netns.hpp"
#include "tests/fakes/tasks.hpp"

namespace berth::upkeep {
namespace {

namespace fs = std::filesystem;

using berth::testing::a_container;
using berth::testing::a_task;
using ledger::Finding;
using ledger::Object;
using ledger::ObjectKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const auto* const own_netns = berth::testing::OwnNetns::for_this_program();

const std::string kGone(32, 'f');  // the id of a task nobody knows

/// A node with one running task, all of it there.
class AuditorTest : public ::testing::Test {
 protected:
  AuditorTest() {
    std::string pattern = ::testing::TempDir() + "berth-upkeep-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    settings.data_dir = pattern;
    record = running();
    task = model::task_id_of(record.task.arn);
    container = model::container_id_of(task, 0);
    start(container);
    fs::create_directories(record.placement.files_dir);
    fs::create_directories(tree.path() + record.placement.cgroup_path);
  }
  ~AuditorTest() override {
    loop.stop();
    fs::remove_all(settings.data_dir);
  }

  model::Record running() const {
    model::Record made = berth::testing::a_record(a_task({a_container("web")}));
    made.placement = plan::placement_for(made.task, settings);
    made.containers[0].known = model::ContainerStatus::Running;
    made.known = model::TaskStatus::Running;
    made.cgroup_ready = made.network_ready = true;
    return made;
  }
  void start(const std::string& id) {
    runtime::ContainerSpec spec;
    spec.id = id;
    spec.args = {"/bin/serve"};
    const Deadline by = Deadline::never();
    ASSERT_TRUE(loop.run(containers.create(spec, by)));
    ASSERT_TRUE(loop.run(containers.start(id, by)));
  }
  /// Something of each kind that can be there without a network, of a task that nobody knows.
  void leave_over() {
    start(kGone + "-0");
    inventory.beside.snapshots = {kGone + "-1"};
    inventory.beside.processes = {kGone + "-2"};
    inventory.beside.leases = {"berth-pull-1"};
    fs::create_directories(settings.data_dir + "/tasks/" + kGone + "/sub");
    fs::create_directories(settings.data_dir + "/logs/" + kGone);
    fs::create_directories(tree.path() + "/berth/" + kGone);
  }

  Needs needs() {
    return {images,
            containers,
            inventory,
            book,
            {tree_opened, netns::Pins("/nowhere", "test"),
             netns::AnyDriver("test", netns::Pins("/nowhere", "test")), cni::Network({}), "test",
             settings},
            offload,
            clock,
            [this] { return records ? records() : only_record(); }};
  }
  std::vector<ledger::RecordPtr> only_record() const {
    return {std::make_shared<const model::Record>(record)};
  }

  /// Runs the work; time goes on whenever it sleeps.
  Result<Audit> finish(Async<Audit> work) {
    std::optional<Result<Audit>> outcome;
    asio::co_spawn(loop.io, std::move(work), [&](std::exception_ptr bug, Result<Audit> result) {
      if (bug) std::rethrow_exception(bug);
      outcome = std::move(result);
    });
    while (!outcome) {
      if (const auto next = clock.next_wake()) clock.advance(*next);
      loop.io.restart();
      loop.io.run_one();
    }
    return std::move(*outcome);
  }
  Audit audited() {
    Auditor auditor(needs(), loop.io.get_executor());
    Result<Audit> audit = finish(auditor.audit());
    EXPECT_TRUE(audit) << audit.error();
    return audit ? *audit : Audit{};
  }
  Audit repaired() {
    Auditor auditor(needs(), loop.io.get_executor());
    Result<Audit> audit = finish(auditor.repair());
    EXPECT_TRUE(audit) << audit.error();
    return audit ? *audit : Audit{};
  }
  static std::vector<std::pair<ObjectKind, std::string>> names_of(
      const std::vector<Finding>& findings) {
    std::vector<std::pair<ObjectKind, std::string>> names;
    for (const Finding& one : findings) names.emplace_back(one.object.kind, one.object.name);
    return names;
  }

  berth::testing::Loop loop;
  berth::testing::FakeClock clock;
  berth::testing::FakeContainers containers;
  berth::testing::FakeInventory inventory{containers};
  berth::testing::FakeImages images;
  berth::testing::FakeNodeBook book{loop.io.get_executor()};
  cgroups::testing::FakeTree tree;
  cgroups::Hierarchy tree_opened = opened(tree);
  Offload offload{1};
  plan::Settings settings;
  model::Record record;
  std::string task, container;
  std::function<std::vector<ledger::RecordPtr>()> records;  ///< unset: the one record

 private:
  static cgroups::Hierarchy opened(cgroups::testing::FakeTree& made) {
    made.add({{"cgroup.controllers", "cpu memory pids\n"}});
    return made.v2();
  }
};

TEST_F(AuditorTest, FindsNothingOnANodeInOrder) {
  EXPECT_THAT(audited().findings, IsEmpty());
}

TEST_F(AuditorTest, NamesWhatNobodyOwns) {
  leave_over();

  const Audit audit = audited();

  const std::string data = settings.data_dir;
  EXPECT_THAT(names_of(audit.findings),
              UnorderedElementsAre(std::pair(ObjectKind::Process, kGone + "-0"),
                                   std::pair(ObjectKind::Container, kGone + "-0"),
                                   std::pair(ObjectKind::Snapshot, kGone + "-0"),
                                   std::pair(ObjectKind::Snapshot, kGone + "-1"),
                                   std::pair(ObjectKind::Process, kGone + "-2"),
                                   std::pair(ObjectKind::Lease, std::string("berth-pull-1")),
                                   std::pair(ObjectKind::Files, data + "/tasks/" + kGone),
                                   std::pair(ObjectKind::Logs, data + "/logs/" + kGone),
                                   std::pair(ObjectKind::Cgroup, "/berth/" + kGone)));
  for (const Finding& finding : audit.findings) EXPECT_EQ(finding.kind, Finding::Kind::Orphan);
  EXPECT_TRUE(containers.all.contains(kGone + "-0")) << "an audit removes nothing";
}

TEST_F(AuditorTest, RemovesWhatNobodyOwnsAndNothingElse) {
  leave_over();
  fs::create_directories(tree.path() + "/berth/somebody-else");

  const Audit audit = repaired();

  EXPECT_THAT(audit.findings, IsEmpty());
  EXPECT_EQ(audit.removed.size(), 9u);
  EXPECT_TRUE(inventory.beside.leases.empty());
  EXPECT_FALSE(fs::exists(settings.data_dir + "/tasks/" + kGone));
  EXPECT_FALSE(fs::exists(settings.data_dir + "/logs/" + kGone));
  EXPECT_FALSE(fs::exists(tree.path() + "/berth/" + kGone));
  EXPECT_TRUE(fs::exists(tree.path() + "/berth/somebody-else"));
  EXPECT_EQ(containers.all.size(), 1u);
  EXPECT_EQ(containers.all.at(container).state.kind, runtime::ContainerState::Kind::Running);
  EXPECT_TRUE(fs::exists(record.placement.files_dir));
  EXPECT_TRUE(fs::exists(tree.path() + record.placement.cgroup_path));
}

TEST_F(AuditorTest, LeavesTheLeasesOfRunningPulls) {
  inventory.beside.leases = {"held", "left"};
  images.held = {"held"};

  repaired();

  EXPECT_THAT(inventory.beside.leases, ElementsAre("held"));
}

TEST_F(AuditorTest, TellsWhatATaskLacksAndLeavesItToTheTask) {
  containers.all.clear();
  fs::remove_all(record.placement.files_dir);

  const Audit audit = repaired();

  EXPECT_THAT(audit.removed, IsEmpty());
  EXPECT_THAT(names_of(audit.findings),
              ElementsAre(std::pair(ObjectKind::Process, container),
                          std::pair(ObjectKind::Container, container),
                          std::pair(ObjectKind::Snapshot, container),
                          std::pair(ObjectKind::Files, record.placement.files_dir)));
  for (const Finding& finding : audit.findings) EXPECT_EQ(finding.kind, Finding::Kind::Missing);
}

TEST_F(AuditorTest, TakesOnlyTheProcessOfATaskThatWasReleased) {
  record.known = model::TaskStatus::Stopped;
  record.containers[0].known = model::ContainerStatus::Stopped;
  record.released = true;
  fs::remove_all(tree.path() + record.placement.cgroup_path);

  const Audit audit = repaired();

  EXPECT_THAT(names_of(audit.removed), ElementsAre(std::pair(ObjectKind::Process, container)));
  EXPECT_THAT(audit.findings, IsEmpty());
  ASSERT_TRUE(containers.all.contains(container)) << "record and snapshot stay until the cleanup";
  EXPECT_EQ(containers.all.at(container).state.kind, runtime::ContainerState::Kind::Absent);
}

TEST_F(AuditorTest, DoesNotAccuseWhatSettlesBetweenTwoLooks) {
  int asked = 0;  // twice for each look
  records = [this, &asked] {
    return ++asked <= 2 ? std::vector<ledger::RecordPtr>{} : only_record();
  };

  const Audit audit = repaired();

  EXPECT_THAT(audit.findings, IsEmpty());
  EXPECT_THAT(audit.removed, IsEmpty());
  EXPECT_EQ(containers.all.at(container).state.kind, runtime::ContainerState::Kind::Running);
}

TEST_F(AuditorTest, KeepsAsAFindingWhatCannotBeRemoved) {
  inventory.beside.leases = {"left"};
  inventory.plan.fail_call(4, Error{Errc::Denied, 0, "planned"});  // behind three looks

  const Audit audit = repaired();

  EXPECT_THAT(names_of(audit.findings),
              ElementsAre(std::pair(ObjectKind::Lease, std::string("left"))));
  EXPECT_THAT(audit.removed, IsEmpty());
}

TEST_F(AuditorTest, FailsWithTheEngineAway) {
  inventory.plan.fail_call(1, Error{Errc::Unavailable, 0, "planned"});
  Auditor auditor(needs(), loop.io.get_executor());

  const Result<Audit> audit = finish(auditor.audit());

  EXPECT_TRUE(audit.failed_with(Errc::Unavailable));
}

}  // namespace
}  // namespace berth::upkeep
