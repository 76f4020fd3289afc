// apply.cpp - one function for each kind of sight, then the settling.
#include "agent/engine/apply.hpp"

#include <algorithm>

#include "agent/engine/changes.hpp"
#include "agent/engine/looks.hpp"
#include "agent/engine/move_times.hpp"
#include "agent/engine/settle.hpp"

namespace berth::engine {

using model::ContainerRecord;
using model::ContainerStatus;
using model::Fault;
using model::FaultKind;
using model::Goal;
using model::Health;
using model::TaskStatus;

namespace {

constexpr int kKilledExitCode = 137;  // 128 + SIGKILL
constexpr int kMostKills = 24;        // looks, five seconds apart: two minutes

FaultKind kind_of(const Error& error, FaultKind otherwise) {
  return error.code == Errc::TimedOut ? FaultKind::TimedOut : otherwise;
}

/// The engine was asked and did not answer: what was to be started may be running all the same.
bool may_have_left_a_process(const Error& error) {
  return error.code == Errc::TimedOut || error.code == Errc::Unavailable;
}

/// Turns sights into changes of the facts. Lives for one apply().
class Applier {
 public:
  Applier(Facts& facts, WallTime at, bool pull_failure_stops_task)
      : facts_(facts),
        record_(facts.record),
        at_(at),
        pull_failure_stops_task_(pull_failure_stops_task) {}

  void operator()(const Looked& seen) {
    done(StepKind::Look);
    facts_.looked = true;
    // What is there may be half made. Only a process in it proves it whole: none is let in before.
    const bool in_use = std::any_of(
        seen.containers.begin(), seen.containers.end(),
        [](const ContainerLook& look) { return look.kind == ContainerLook::Kind::Running; });
    // What runs was let in, though the record may be older than the queue.
    record_.admitted = record_.admitted || in_use;
    record_.cgroup_ready = seen.cgroup && (record_.cgroup_ready || in_use);
    record_.network_ready = seen.network && (record_.network_ready || in_use);
    record_.address_claimed = record_.network_ready && (record_.address_claimed || in_use);
    for (std::size_t i = 0; i < record_.containers.size() && i < seen.containers.size(); ++i) {
      looked_at(facts_, i, seen.containers[i], at_);
    }
  }
  void operator()(const ContainerLooked& seen) {
    done(StepKind::ConfirmExit, seen.container);
    looked_at(facts_, seen.container, seen.look, at_);
    const ContainerRecord& container = record_.containers[seen.container];
    if (container.known != ContainerStatus::Stopped && !container.ended) {
      survived_a_kill(seen.container, FaultKind::CannotStop,
                      "it runs on though it was killed: its process is stuck in the kernel");
    }
  }
  void operator()(const Admitted&) {
    done(StepKind::AwaitResources);
    record_.admitted = true;
  }
  void operator()(const CgroupCreated&) {
    done(StepKind::CreateCgroup);
    record_.cgroup_ready = true;
  }
  void operator()(const NetworkCreated& seen) {
    done(StepKind::CreateNetwork);
    record_.network_ready = true;
    record_.given_addresses = seen.addresses;
    for (std::size_t at = 0; at < seen.bindings.size() && at < record_.containers.size(); ++at) {
      record_.containers[at].bindings = seen.bindings[at];
    }
  }
  void operator()(const AddressClaimed&) {
    done(StepKind::ClaimAddress);
    record_.address_claimed = true;
  }
  void operator()(const ImagePulled& seen) {
    done(StepKind::PullImage, seen.container);
    ContainerRecord& container = record_.containers[seen.container];
    container.image_digest = seen.digest;
    container.image_stop_signal = seen.stop_signal;
    raise(container, ContainerStatus::Pulled);
    pull_took_place(seen.began);
  }
  void operator()(const ImageNotPulled& seen) {
    done(StepKind::PullImage, seen.container);
    pull_took_place(seen.began);
    pull_failed(seen.container, seen.resolved ? FaultKind::CannotPull : FaultKind::CannotResolve,
                seen.error);
  }
  void operator()(const ContainerCreated& seen) {
    done(StepKind::CreateContainer, seen.container);
    raise(record_.containers[seen.container], ContainerStatus::Created);
    record_.containers[seen.container].created_at = at_;
  }
  void operator()(const ContainerStarted& seen) {
    done(StepKind::StartContainer, seen.container);
    started(record_.containers[seen.container], at_);
  }
  void operator()(const ContainerExited& seen) { heard_of_exit(seen.container, seen.exit); }
  void operator()(const StartTimedOut& seen) {
    done(StepKind::AwaitStartTimeout, seen.container);
    facts_.memory[seen.container].start_timed_out = true;
  }
  void operator()(const ExitExamined& seen) {
    done(StepKind::ExamineExit, seen.container);
    examined(seen);
  }
  void operator()(const ContainerRestarted& seen) {
    done(StepKind::RestartContainer, seen.container);
    restarted(facts_, seen.container, at_);
  }
  void operator()(const OutOfMemory& seen) {
    facts_.memory[seen.container].told_out_of_memory = true;
  }
  void operator()(const Probed& seen) {
    done(StepKind::CheckHealth, seen.container);
    probed(seen.container, seen.healthy);
  }
  void operator()(const StopSignalled& seen) {
    done(StepKind::SignalContainer, seen.container);
    facts_.memory[seen.container].signalled = true;
    ContainerRecord& container = record_.containers[seen.container];
    if (!container.stop_signalled_at) container.stop_signalled_at = at_;
  }
  void operator()(const Killed& seen) {
    done(StepKind::KillContainer, seen.container);
    facts_.memory[seen.container].killed = true;
  }
  void operator()(const StepFailed& seen) {
    facts_.in_flight.erase(seen.step);
    failed(seen.step, seen.error);
  }
  void operator()(const Rebooted& seen) {
    record_.boot_id = seen.boot_id;
    record_.boot_began = seen.boot_began;
    for (std::size_t at = 0; at < record_.containers.size(); ++at) lost_to_a_reboot(at);
  }
  void operator()(const ClockSet& seen) {
    if (record_.boot_began) move_times(record_, seen.boot_began - *record_.boot_began);
    record_.boot_began = seen.boot_began;
  }
  void operator()(const StopRequested& seen) {
    const bool is_news = record_.goal == Goal::Running && !record_.fault;
    if (is_news && seen.why) record_.fault = seen.why;
    if (record_.goal == Goal::Running && !record_.admitted) {
      for (ContainerRecord& container : record_.containers) {
        fail(container, FaultKind::StoppedEarly,
             "Task stopped before image pull could begin for task: " + record_.task.arn);
      }
    }
    record_.goal = Goal::Stopped;
  }
  void operator()(const FinalAccepted&) { record_.final_accepted = true; }
  void operator()(const LookAgain&) { facts_.looked = facts_.record.known == TaskStatus::Stopped; }
  void operator()(const Released&) {
    done(StepKind::Release);
    record_.released = true;
  }
  void operator()(const CleanupDue&) {
    done(StepKind::AwaitCleanup);
    facts_.cleanup_due = true;
  }
  void operator()(const Cleaned&) {
    done(StepKind::Clean);
    facts_.cleaned = true;
  }

 private:
  void done(StepKind kind, std::optional<std::size_t> container = std::nullopt) {
    facts_.in_flight.erase(Step{kind, container});
  }

  /// An exit event names a container, not which of its processes.
  void heard_of_exit(std::size_t at, const model::Exit& exit) {
    switch (record_.containers[at].known) {
      case ContainerStatus::None:
      case ContainerStatus::Pulled:
      case ContainerStatus::Stopped:
        return;  // what an earlier attempt left, being replaced; or heard already
      case ContainerStatus::Created:
        // Either its own process was quick, or the event is late and of one before it.
        facts_.looked = false;
        return;
      case ContainerStatus::Running:
        if (facts_.in_flight.contains(Step{StepKind::RestartContainer, at})) {
          facts_.looked = false;  // the same, of one that is being started again
        } else {
          ended(record_.containers[at], exit);
        }
        return;
    }
  }

  void examined(const ExitExamined& seen) {
    ContainerRecord& container = record_.containers[seen.container];
    if (container.known != ContainerStatus::Running || !container.ended) return;
    const std::optional<model::OutOfMemory> verdict =
        seen.cgroup_found ? seen.out_of_memory : verdict_without_cgroup(seen);
    if (seen.of_task) record_.memory_kills = seen.of_task->kills;
    container.out_of_memory = verdict;
    container.left_behind += seen.left_behind;
    if (starts_again(seen.container)) {
      container.restarting = true;
      return;
    }
    if (verdict) {
      fail(container, FaultKind::OutOfMemory, "Container killed due to memory usage");
    }
    stop_with(record_, seen.container, *container.ended);
  }

  /// The container's cgroup went before it could be read: what is left are the kills in its task
  /// that no exit has explained yet, and the engine's word.
  std::optional<model::OutOfMemory> verdict_without_cgroup(const ExitExamined& seen) const {
    const bool told = facts_.memory[seen.container].told_out_of_memory;
    const bool killed = record_.containers[seen.container].ended->code == kKilledExitCode;
    if (seen.of_task && seen.of_task->kills > record_.memory_kills && (told || killed)) {
      model::OutOfMemory verdict = *seen.of_task;
      verdict.kills -= record_.memory_kills;
      return verdict;
    }
    if (!told) return std::nullopt;
    return model::OutOfMemory{1, std::nullopt, std::nullopt};
  }

  /// source: reference state machine, section 5; the time is that of the exit itself, which may lie
  /// before this process was started.
  bool starts_again(std::size_t at) const {
    const ContainerRecord& container = record_.containers[at];
    const auto& policy = record_.task.containers[at].restart_policy;
    if (!policy || record_.goal == Goal::Stopped) return false;
    const auto& ignored = policy->ignored_exit_codes;
    const bool is_ignored =
        std::find(ignored.begin(), ignored.end(), container.ended->code) != ignored.end();
    return !is_ignored && container.ended->at - *container.last_start() >= policy->attempt_period;
  }

  void lost_to_a_reboot(std::size_t at) {
    ContainerRecord& container = record_.containers[at];
    if (container.known == ContainerStatus::Created) container.known = ContainerStatus::Pulled;
    if (container.known != ContainerStatus::Running) return;
    if (container.ended) return stop_with(record_, at, *container.ended);
    fail(container, FaultKind::Rebooted, "The host was rebooted while the container ran");
    container.known = ContainerStatus::Stopped;
  }

  /// SIGKILL again, but not for ever.
  void survived_a_kill(std::size_t at, FaultKind kind, const std::string& why) {
    ContainerMemory& memory = facts_.memory[at];
    memory.killed = false;
    if (++memory.survived_kills < kMostKills) return;
    fail(record_.containers[at], kind, why);
    stop_with(record_, at, model::Exit{kKilledExitCode, at_});
  }

  void probed(std::size_t at, bool healthy) {
    ContainerRecord& container = record_.containers[at];
    const auto& check = record_.task.containers[at].health_check;
    if (container.known != ContainerStatus::Running || container.ended || !check) return;
    int& failed = facts_.memory[at].failed_probes;
    if (healthy) {
      failed = 0;
      become(container, Health::Healthy, at_);
      return;
    }
    // Failures in the start period do not count, unless it was healthy before.
    const auto since = container.last_start();
    const bool starting = since && at_ < *since + check->start_period;
    if (starting && container.health != Health::Healthy) return;
    if (++failed >= check->retries) become(container, Health::Unhealthy, at_);
  }

  void failed(const Step& step, const Error& error) {
    switch (step.kind) {
      case StepKind::PullImage:
        if (error.code != Errc::Cancelled)
          pull_failed(*step.container, FaultKind::CannotPull, error);
        return;
      case StepKind::CreateContainer:
        stop_container(*step.container, FaultKind::CannotCreate, error);
        return;
      case StepKind::StartContainer: start_failed(*step.container, error); return;
      case StepKind::RestartContainer: restart_failed(*step.container, error); return;
      case StepKind::ExamineExit:
        // What could not be read in time is not known; that it ended is.
        if (error.code != Errc::Cancelled) examined(ExitExamined{*step.container, false, {}, 0});
        return;
      case StepKind::AwaitResources:
        if (error.code != Errc::Cancelled) stop_task(FaultKind::Refused, error);
        return;
      case StepKind::SignalContainer:
        // The engine did not take it in the whole stop timeout: what comes now is SIGKILL.
        if (error.code != Errc::Cancelled) facts_.memory[*step.container].signalled = true;
        return;
      case StepKind::ConfirmExit:
        if (error.code != Errc::Cancelled) {
          survived_a_kill(*step.container, FaultKind::TimedOut,
                          "Could not transition to stopped; timed out after waiting 2m0s");
        }
        return;
      case StepKind::CreateCgroup: stop_task(FaultKind::Cgroup, error); return;
      case StepKind::CreateNetwork: stop_task(FaultKind::Network, error); return;
      case StepKind::ClaimAddress:
        if (error.code != Errc::Cancelled) stop_task(FaultKind::Network, error);
        return;
      default:
        // Looking, killing, releasing, cleaning: decided again, performed with backoff.
        return;
    }
  }

  void pull_took_place(WallTime began) {
    if (!record_.pull_started_at || began < *record_.pull_started_at) {
      record_.pull_started_at = began;
    }
    record_.pull_stopped_at = at_;
  }

  void pull_failed(std::size_t at, FaultKind kind, const Error& error) {
    stop_container(at, kind, error);
    if (pull_failure_stops_task_) record_.goal = Goal::Stopped;
  }

  void stop_container(std::size_t at, FaultKind kind, const Error& error) {
    ContainerRecord& container = record_.containers[at];
    if (container.known >= ContainerStatus::Running) return;  // only a process ends what runs
    fail(container, kind_of(error, kind), error.message);
    container.known = ContainerStatus::Stopped;
  }

  void start_failed(std::size_t at, const Error& error) {
    ContainerRecord& container = record_.containers[at];
    if (container.known >= ContainerStatus::Running) return;
    if (!may_have_left_a_process(error)) return stop_container(at, FaultKind::CannotStart, error);
    // Essential, it is ended either way, without having been told of as running; else it counts as
    // started.
    fail(container, kind_of(error, FaultKind::CannotStart), error.message);
    if (record_.task.containers[at].essential) {
      record_.goal = Goal::Stopped;
    } else {
      started(container, at_);
    }
  }

  void restart_failed(std::size_t at, const Error& error) {
    ContainerRecord& container = record_.containers[at];
    if (may_have_left_a_process(error)) {
      facts_.looked = false;  // it is started again, or found running
      return;
    }
    if (!container.ended) return;
    fail(container, FaultKind::CannotStart, error.message);
    stop_with(record_, at, *container.ended);
  }

  void stop_task(FaultKind kind, const Error& error) {
    if (!record_.fault) record_.fault = Fault{kind, error.message};
    record_.goal = Goal::Stopped;
  }

  Facts& facts_;
  model::Record& record_;
  WallTime at_;
  bool pull_failure_stops_task_;
};

}  // namespace

Facts apply(Facts facts, const Observed& seen, bool pull_failure_stops_task) {
  std::visit(Applier(facts, seen.at, pull_failure_stops_task), seen.what);
  settle(facts, seen.at);
  return facts;
}

model::Record told(model::Record record) {
  record.told = record.known;
  for (ContainerRecord& container : record.containers) container.told = container.known;
  return record;
}

}  // namespace berth::engine
