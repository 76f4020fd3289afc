// fake_hands.hpp - does a task's steps on a node that is a few values.
#pragma once

#include <boost/asio/post.hpp>
#include <functional>
#include <map>
#include <set>

#include "agent/engine/hands.hpp"
#include "tests/fakes/fail_plan.hpp"
#include "tests/fakes/latch.hpp"

namespace berth::testing {

/// One task's world. Every step takes a turn of the loop; one that fails has changed nothing.
class FakeHands final : public engine::Hands {
 public:
  using Kind = engine::ContainerLook::Kind;

  explicit FakeHands(asio::any_io_executor executor) : held(executor), executor_(executor) {}

  FailPlan plan;                            ///< counts every step
  Latch held;                               ///< steps of the kinds in `holds` pass here
  std::set<engine::StepKind> holds;         ///< CheckHealth waits here anyway
  std::map<std::size_t, Kind> containers;   ///< what is on the node
  bool cgroup = false, network = false;     ///< the same
  std::multiset<engine::Step> in_flight;    ///< being done right now
  std::vector<engine::Step> begun;          ///< all, in order
  std::optional<model::Waiting> nic;        ///< what networks wait for
  std::function<void(engine::Sight)> tell;  ///< hears of exits

  /// The process of a running container ends.
  void exit(std::size_t at, int code) {
    if (containers[at] != Kind::Running) return;
    containers[at] = Kind::Stopped;
    tell(engine::ContainerExited{at, model::Exit{code, {}}});
  }

  Async<engine::Sight> perform(engine::Step step,
                               std::shared_ptr<const model::Record> record) override {
    const std::size_t count = record->containers.size();
    const auto running = in_flight.insert(step);
    begun.push_back(step);
    Result<engine::Sight> seen = co_await attempt(step, count);
    in_flight.erase(running);
    co_return seen;
  }

  std::optional<std::chrono::milliseconds> limit_of(const engine::Step&,
                                                    const model::Record&) const override {
    return std::chrono::seconds(60);
  }
  std::optional<std::string> queue_word(const std::string&) const override { return std::nullopt; }
  std::optional<model::Waiting> awaited_nic(const std::string&) const override { return nic; }

 private:
  Async<engine::Sight> attempt(engine::Step step, std::size_t count) {
    co_await asio::post(executor_, asio::use_awaitable);
    if (holds.contains(step.kind)) BERTH_CO_CHECK(co_await held.pass());
    const bool cancelled = co_await is_cancelled();
    if (cancelled) co_return Error{Errc::Cancelled, 0, "cancelled"};
    if (auto failed = plan.next()) co_return *failed;
    engine::Sight seen =
        step.container ? of_container(step.kind, *step.container) : of_task(step.kind, count);
    co_return seen;
  }

  engine::Sight of_task(engine::StepKind kind, std::size_t count) {
    switch (kind) {
      case engine::StepKind::AwaitResources: return engine::Admitted{};
      case engine::StepKind::CreateCgroup: cgroup = true; return engine::CgroupCreated{};
      case engine::StepKind::CreateNetwork: network = true; return engine::NetworkCreated{};
      case engine::StepKind::ClaimAddress: return engine::AddressClaimed{};
      case engine::StepKind::Release: cgroup = network = false; return engine::Released{};
      case engine::StepKind::AwaitCleanup: return engine::CleanupDue{};
      case engine::StepKind::Clean: containers.clear(); return engine::Cleaned{};
      default: break;
    }
    engine::Looked seen{{}, cgroup, network};
    for (std::size_t at = 0; at < count; ++at) seen.containers.push_back(look_at(at));
    return seen;
  }

  engine::Sight of_container(engine::StepKind kind, std::size_t at) {
    switch (kind) {
      case engine::StepKind::PullImage: return engine::ImagePulled{at, "sha256:00", "", {}};
      case engine::StepKind::CreateContainer:
        containers[at] = Kind::Created;
        return engine::ContainerCreated{at};
      case engine::StepKind::StartContainer:
        containers[at] = Kind::Running;
        return engine::ContainerStarted{at};
      case engine::StepKind::ExamineExit:  // its cgroups cannot be read
        return engine::ExitExamined{at, false, std::nullopt, 0};
      case engine::StepKind::RestartContainer:
        containers[at] = Kind::Running;
        return engine::ContainerRestarted{at};
      case engine::StepKind::AwaitStartTimeout: return engine::StartTimedOut{at};
      case engine::StepKind::CheckHealth: return engine::Probed{at, true, ""};
      case engine::StepKind::SignalContainer: exit(at, 143); return engine::StopSignalled{at};
      case engine::StepKind::KillContainer:
        if (containers[at] == Kind::Created) containers[at] = Kind::Stopped;
        exit(at, 137);
        return engine::Killed{at};
      default: return engine::ContainerLooked{at, look_at(at)};
    }
  }

  engine::ContainerLook look_at(std::size_t at) {
    engine::ContainerLook look{containers[at], std::nullopt};
    if (look.kind == Kind::Stopped) look.exit = model::Exit{137, {}};
    return look;
  }

  asio::any_io_executor executor_;
};

}  // namespace berth::testing
