// hands_contract_test.cpp - what the engine relies on when a step is done, by the fake and by the
// steps themselves.
#include <gtest/gtest.h>

#include "agent/steps/step_hands.hpp"
#include "tests/agent/steps/workbench.hpp"
#include "tests/fakes/fake_hands.hpp"

namespace berth::testing {
namespace {

using engine::Sight;
using engine::Step;
using engine::StepKind;
using Kind = engine::ContainerLook::Kind;

/// A task without a network of its own, whose container has a health check.
model::Task checked_task() {
  model::Task task = a_task({a_container("main")});
  task.containers[0].health_check = model::HealthCheck{};
  task.containers[0].health_check->command = {"/bin/check"};
  return task;
}

struct SimulatedNode {
  Loop loop;
  FakeHands hands{loop.io.get_executor()};
  std::vector<Sight> heard;

  SimulatedNode() {
    hands.tell = [this](Sight sight) { heard.push_back(std::move(sight)); };
  }
  ~SimulatedNode() { loop.stop(); }
  void expect_cgroup() {}
  model::Record record() { return a_record(checked_task()); }
  Result<Sight> perform(Step step, const model::Record& record) {
    return loop.run(hands.perform(step, std::make_shared<const model::Record>(record)));
  }
};

/// The steps over fakes of the seams below them, on a clock that goes on when they wait.
struct StepsOverFakes {
  steps::testing::Workbench bench;
  steps::StepHands hands{bench.tools};

  StepsOverFakes() {
    runtime::Image image;
    image.name = checked_task().containers[0].image;
    image.digest = "sha256:00";
    image.config.cmd = {"/bin/serve"};
    bench.images.in_registry[image.name] = image;
  }
  /// The files a kernel would put into the cgroup as it is made.
  void expect_cgroup() {
    for (const char* cgroup : {"berth", "berth/test"}) {
      bench.tree.add(cgroups::testing::fresh_v2(cgroup));
    }
  }
  model::Record record() { return bench.record_of(checked_task()); }
  Result<Sight> perform(Step step, const model::Record& record) {
    const auto outcome = bench.begin(hands.perform(step, bench.share(record)));
    while (!*outcome) {
      if (const auto next = bench.clock.next_wake()) bench.clock.advance(*next);
      bench.loop.io.restart();
      bench.loop.io.run_one();
    }
    return **outcome;
  }
};

template <class World>
class HandsContract : public ::testing::Test {
 protected:
  /// Does a step that must succeed; the answer.
  template <class Seen>
  std::optional<Seen> see(StepKind kind) {
    const bool of_task = kind <= StepKind::ClaimAddress || kind >= StepKind::Release;
    const Step step{kind, of_task ? std::nullopt : std::optional<std::size_t>(0)};
    const auto seen = world.perform(step, record);
    EXPECT_TRUE(seen) << name_of(step) << ": " << seen.error();
    if (!seen) return std::nullopt;
    EXPECT_TRUE(std::holds_alternative<Seen>(*seen)) << name_of(step);
    const Seen* const found = std::get_if<Seen>(&*seen);
    return found != nullptr ? std::optional<Seen>(*found) : std::nullopt;
  }
  /// What a look finds of the container.
  Kind kind_of_container() {
    const auto seen = see<engine::Looked>(StepKind::Look);
    return seen && seen->containers.size() == 1 ? seen->containers[0].kind : Kind::Absent;
  }
  void bring_up() {
    see<engine::ImagePulled>(StepKind::PullImage);
    see<engine::ContainerCreated>(StepKind::CreateContainer);
    see<engine::ContainerStarted>(StepKind::StartContainer);
  }

  World world;
  model::Record record = world.record();
};

using Worlds = ::testing::Types<SimulatedNode, StepsOverFakes>;
class NameOfHands {
 public:
  template <class World>
  static std::string GetName(int) {
    return std::is_same_v<World, SimulatedNode> ? "Fake" : "Steps";
  }
};
TYPED_TEST_SUITE(HandsContract, Worlds, NameOfHands);

TYPED_TEST(HandsContract, AnswersEachStepOnTheWayUpAndDown) {
  EXPECT_EQ(this->kind_of_container(), Kind::Absent);
  this->template see<engine::NetworkCreated>(StepKind::CreateNetwork);
  const auto pulled = this->template see<engine::ImagePulled>(StepKind::PullImage);
  this->template see<engine::ContainerCreated>(StepKind::CreateContainer);
  EXPECT_EQ(this->kind_of_container(), Kind::Created);
  this->template see<engine::ContainerStarted>(StepKind::StartContainer);
  EXPECT_EQ(this->kind_of_container(), Kind::Running);
  const auto probed = this->template see<engine::Probed>(StepKind::CheckHealth);
  this->template see<engine::StopSignalled>(StepKind::SignalContainer);
  EXPECT_EQ(this->kind_of_container(), Kind::Stopped);
  this->template see<engine::Released>(StepKind::Release);
  this->template see<engine::CleanupDue>(StepKind::AwaitCleanup);
  this->template see<engine::Cleaned>(StepKind::Clean);
  EXPECT_EQ(this->kind_of_container(), Kind::Absent);

  ASSERT_TRUE(pulled && probed);
  EXPECT_EQ(pulled->digest, "sha256:00");
  EXPECT_TRUE(probed->healthy);
}

TYPED_TEST(HandsContract, MakesACgroupThatALookFinds) {
  this->world.expect_cgroup();
  this->template see<engine::CgroupCreated>(StepKind::CreateCgroup);

  const auto seen = this->template see<engine::Looked>(StepKind::Look);

  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->cgroup);
}

TYPED_TEST(HandsContract, FindsTheNetworkOnceItIsMade) {
  const auto before = this->template see<engine::Looked>(StepKind::Look);
  this->template see<engine::NetworkCreated>(StepKind::CreateNetwork);
  const auto after = this->template see<engine::Looked>(StepKind::Look);

  ASSERT_TRUE(before && after);
  EXPECT_FALSE(before->network);
  EXPECT_TRUE(after->network);
}

TYPED_TEST(HandsContract, TakesRepetitionAsSuccess) {
  for (int time = 0; time < 2; ++time) {
    this->template see<engine::NetworkCreated>(StepKind::CreateNetwork);
    this->template see<engine::ImagePulled>(StepKind::PullImage);
    this->template see<engine::ContainerCreated>(StepKind::CreateContainer);
  }
  for (int time = 0; time < 2; ++time) {
    this->template see<engine::ContainerStarted>(StepKind::StartContainer);
  }
  for (int time = 0; time < 2; ++time) {
    this->template see<engine::StopSignalled>(StepKind::SignalContainer);
    this->template see<engine::Killed>(StepKind::KillContainer);
  }
  for (int time = 0; time < 2; ++time) {
    this->template see<engine::Released>(StepKind::Release);
    this->template see<engine::Cleaned>(StepKind::Clean);
  }
}

TYPED_TEST(HandsContract, KillsWhatWasCreatedOrRuns) {
  this->template see<engine::ImagePulled>(StepKind::PullImage);
  this->template see<engine::ContainerCreated>(StepKind::CreateContainer);
  this->template see<engine::Killed>(StepKind::KillContainer);
  EXPECT_EQ(this->kind_of_container(), Kind::Stopped);
  this->template see<engine::Cleaned>(StepKind::Clean);
  this->bring_up();
  this->template see<engine::Killed>(StepKind::KillContainer);
  EXPECT_EQ(this->kind_of_container(), Kind::Stopped);

  const auto confirmed = this->template see<engine::ContainerLooked>(StepKind::ConfirmExit);

  ASSERT_TRUE(confirmed && confirmed->look.exit);
  EXPECT_EQ(confirmed->look.exit->code, 137);
}

TYPED_TEST(HandsContract, LeavesTheRecordAsItWas) {
  const model::Record before = this->record;

  this->bring_up();
  this->template see<engine::Killed>(StepKind::KillContainer);

  EXPECT_EQ(this->record, before);
}

}  // namespace
}  // namespace berth::testing
