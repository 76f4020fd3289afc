// world.hpp - a small simulated node: does steps the way the real one would, in any order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/engine/apply.hpp"
#include "agent/engine/decide.hpp"
#include "base/random.hpp"

namespace berth::engine::testing {

/// What the node has of one container, and what will become of it.
struct SimulatedContainer {
  ContainerLook::Kind kind = ContainerLook::Kind::Absent;
  int exit_code = 0;
  bool ignores_stop_signal = false;
};

/// What a task has of one thing of its own: nothing, the beginning of it, or all.
enum class Made : std::uint8_t { Not, Half, Whole };

/// Holds one task's facts and its world; each move() completes one step in flight or lets something
/// happen by itself, chosen by the seed.
class World {
 public:
  World(model::Record record, std::uint64_t seed, int fault_percent)
      : facts(fresh_facts(std::move(record))), random_(seed), fault_percent_(fault_percent) {
    containers.resize(facts.record.containers.size());
    for (SimulatedContainer& container : containers) {
      container.ignores_stop_signal = random_.below(3) == 0;
    }
  }

  void see(Sight sight) {
    now_ += std::chrono::milliseconds(10);
    history.push_back(facts.record);
    facts = apply(std::move(facts), Observed{now_, std::move(sight)}, false);
  }

  /// Cancels what is moot and starts what decide() wants. False when the task is over.
  bool begin() {
    const std::set<Step> in_flight = facts.in_flight;
    for (const Step& step : in_flight) {
      if (is_moot(facts, step)) see(StepFailed{step, Error{Errc::Cancelled, 0, "moot"}});
    }
    for (const Step& step : decide(facts)) facts.in_flight.insert(step);
    return !is_over(facts);
  }

  /// Completes one step in flight, chosen at random; false when none is in flight.
  bool complete_one() {
    if (facts.in_flight.empty()) return false;
    auto chosen = facts.in_flight.begin();
    std::advance(chosen, static_cast<long>(random_.below(facts.in_flight.size())));
    complete(*chosen);
    return true;
  }

  /// The process of a running container ends by itself.
  void exit_by_itself(std::size_t at, int code) {
    if (containers[at].kind != ContainerLook::Kind::Running) return;
    containers[at].kind = ContainerLook::Kind::Stopped;
    containers[at].exit_code = code;
    see(ContainerExited{at, model::Exit{code, now_}});
  }

  /// The agent is killed and started again: what was not recorded is lost, the world stays, with
  /// what was being made just then.
  void crash() {
    for (const Step& step : facts.in_flight) {
      if (random_.below(2) == 0) continue;
      if (step.kind == StepKind::CreateCgroup) cgroup = std::max(cgroup, Made::Half);
      if (step.kind == StepKind::CreateNetwork) network = std::max(network, Made::Half);
    }
    facts = recovered_facts(facts.record);
  }

  /// The machine is started anew: no process lives, and what was on file systems in memory is gone.
  void reboot() {
    for (SimulatedContainer& container : containers) {
      container.kind = ContainerLook::Kind::Absent;
    }
    cgroup = network = Made::Not;
    is_claimed_ = false;
    facts = recovered_facts(facts.record);
    see(Rebooted{"boot " + std::to_string(++boots_)});
  }

  Random& random() { return random_; }

  Facts facts;
  std::vector<SimulatedContainer> containers;
  Made cgroup = Made::Not;
  Made network = Made::Not;
  int started_too_early = 0;           ///< containers started before the address was claimed
  int created_too_early = 0;           ///< containers made when cgroup or network was not whole
  int examined_alive = 0;              ///< containers whose end was looked into while they ran
  std::vector<model::Record> history;  ///< every record there was

 private:
  bool fails() { return random_.below(100) < static_cast<std::uint64_t>(fault_percent_); }

  void complete(const Step step) {
    const std::size_t at = step.container.value_or(0);
    switch (step.kind) {
      case StepKind::Look: see(looked()); return;
      case StepKind::AwaitResources:
        if (fails()) return fail(step, Errc::TimedOut);
        see(Admitted{});
        return;
      case StepKind::AwaitStartTimeout: see(StartTimedOut{at}); return;
      case StepKind::ExamineExit: examine(step, at); return;
      case StepKind::RestartContainer: restart(step, at); return;
      case StepKind::CreateCgroup: make(step, cgroup, CgroupCreated{}); return;
      case StepKind::CreateNetwork: make(step, network, NetworkCreated{}); return;
      case StepKind::ClaimAddress:
        if (fails()) return fail(step, Errc::Exists);
        is_claimed_ = network == Made::Whole;
        see(AddressClaimed{});
        return;
      case StepKind::PullImage:
        if (fails()) return fail(step, Errc::NotFound);
        see(ImagePulled{at, "sha256:00", "", now_});
        return;
      case StepKind::CreateContainer:
        if (fails()) return fail(step, Errc::Invalid);
        if (cgroup != Made::Whole || network != Made::Whole) ++created_too_early;
        containers[at].kind = ContainerLook::Kind::Created;
        see(ContainerCreated{at});
        return;
      case StepKind::StartContainer: start(step, at); return;
      case StepKind::CheckHealth: see(Probed{at, !fails(), ""}); return;
      case StepKind::SignalContainer:
        see(StopSignalled{at});
        if (!containers[at].ignores_stop_signal) exit_by_itself(at, 143);
        return;
      case StepKind::KillContainer: kill(at); return;
      case StepKind::ConfirmExit: see(ContainerLooked{at, look_at(at)}); return;
      case StepKind::Release:
        cgroup = network = Made::Not;
        see(Released{});
        return;
      case StepKind::AwaitCleanup: see(CleanupDue{}); return;
      case StepKind::Clean:
        for (SimulatedContainer& container : containers) {
          container.kind = ContainerLook::Kind::Absent;
        }
        see(Cleaned{});
        return;
    }
  }

  template <class Seen>
  void make(const Step& step, Made& thing, Seen seen) {
    if (fails()) return fail(step, Errc::Denied);
    thing = Made::Whole;
    see(seen);
  }

  void start(const Step& step, std::size_t at) {
    if (model::must_claim_address(facts.record) && !is_claimed_) ++started_too_early;
    if (fails()) return fail(step, random_.below(2) == 0 ? Errc::Invalid : Errc::TimedOut);
    if (containers[at].kind == ContainerLook::Kind::Created) {
      containers[at].kind = ContainerLook::Kind::Running;
    }
    // A short one may have ended before its start is known.
    if (random_.below(10) == 0) exit_by_itself(at, 0);
    see(ContainerStarted{at});
  }

  void examine(const Step& step, std::size_t at) {
    if (fails()) return fail(step, Errc::TimedOut);
    ExitExamined seen{at, random_.below(10) != 0, std::nullopt, 0};
    if (random_.below(5) == 0) seen.out_of_memory = model::OutOfMemory{1, 64, 64};
    if (containers[at].kind == ContainerLook::Kind::Running) ++examined_alive;
    see(seen);
  }

  void restart(const Step& step, std::size_t at) {
    if (fails()) {
      // A failure that leaves open what happened may have been a success.
      if (random_.below(2) == 0) return fail(step, Errc::Invalid);
      if (random_.below(2) == 0) containers[at].kind = ContainerLook::Kind::Running;
      return fail(step, Errc::Unavailable);
    }
    containers[at].kind = ContainerLook::Kind::Running;
    if (random_.below(10) == 0) exit_by_itself(at, 1);
    see(ContainerRestarted{at});
  }

  void kill(std::size_t at) {
    const bool was_there = containers[at].kind == ContainerLook::Kind::Running ||
                           containers[at].kind == ContainerLook::Kind::Created;
    see(Killed{at});
    if (!was_there) return;
    containers[at].kind = ContainerLook::Kind::Stopped;
    containers[at].exit_code = 137;
    // Sometimes the event is lost; then the look after it must find out.
    if (random_.below(4) != 0) see(ContainerExited{at, model::Exit{137, now_}});
  }

  void fail(const Step& step, Errc code) { see(StepFailed{step, Error{code, 0, "simulated"}}); }

  ContainerLook look_at(std::size_t at) const {
    ContainerLook look;
    look.kind = containers[at].kind;
    if (look.kind == ContainerLook::Kind::Stopped) {
      look.exit = model::Exit{containers[at].exit_code, now_};
    }
    return look;
  }

  Looked looked() const {
    Looked seen;
    for (std::size_t at = 0; at < containers.size(); ++at) seen.containers.push_back(look_at(at));
    seen.cgroup = cgroup != Made::Not;
    seen.network = network != Made::Not;
    return seen;
  }

  Random random_;
  int fault_percent_;
  bool is_claimed_ = false;  ///< the task's address on a LAN
  int boots_ = 0;
  WallTime now_{std::chrono::milliseconds(2'000'000)};
};

}  // namespace berth::engine::testing
