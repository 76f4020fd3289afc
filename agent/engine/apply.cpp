// apply.cpp - one function for each kind of sight, then the settling.
#include "agent/engine/apply.hpp"

#include <algorithm>

#include "agent/engine/order.hpp"

namespace berth::engine {

using model::ContainerRecord;
using model::ContainerStatus;
using model::Fault;
using model::FaultKind;
using model::Goal;
using model::Health;
using model::TaskStatus;

namespace {

constexpr int kDependencyExitCode = 143;  // source: reference state machine, section 3

void raise(ContainerRecord& container, ContainerStatus to) {
  container.known = std::max(container.known, to);
}

void fail(ContainerRecord& container, FaultKind kind, std::string message) {
  if (!container.fault) container.fault = Fault{kind, std::move(message)};
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
    record_.cgroup_ready = seen.cgroup && (record_.cgroup_ready || in_use);
    record_.network_ready = seen.network && (record_.network_ready || in_use);
    for (std::size_t i = 0; i < record_.containers.size() && i < seen.containers.size(); ++i) {
      looked_at(i, seen.containers[i]);
    }
  }
  void operator()(const ContainerLooked& seen) {
    done(StepKind::ConfirmExit, seen.container);
    looked_at(seen.container, seen.look);
    // Still there: SIGKILL again.
    if (record_.containers[seen.container].known != ContainerStatus::Stopped) {
      facts_.memory[seen.container].killed = false;
    }
  }
  void operator()(const CgroupCreated&) {
    done(StepKind::CreateCgroup);
    record_.cgroup_ready = true;
  }
  void operator()(const NetworkCreated&) {
    done(StepKind::CreateNetwork);
    record_.network_ready = true;
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
    started(record_.containers[seen.container]);
  }
  void operator()(const ContainerExited& seen) { heard_of_exit(seen.container, seen.exit); }
  void operator()(const OutOfMemory& seen) {
    fail(record_.containers[seen.container], FaultKind::OutOfMemory,
         "Container killed due to memory usage");
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
  void operator()(const StopRequested&) { record_.goal = Goal::Stopped; }
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

  void started(ContainerRecord& container) {
    raise(container, ContainerStatus::Running);
    if (!container.started_at) container.started_at = at_;
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
      case ContainerStatus::Running: exited(at, exit); return;
    }
  }

  void exited(std::size_t at, const model::Exit& exit) {
    ContainerRecord& container = record_.containers[at];
    container.exit = exit;
    if (!container.started_at) container.started_at = exit.at;
    container.known = ContainerStatus::Stopped;
    if (record_.task.containers[at].essential && !record_.execution_stopped_at) {
      record_.execution_stopped_at = exit.at;
    }
  }

  void looked_at(std::size_t at, const ContainerLook& look) {
    ContainerRecord& container = record_.containers[at];
    if (container.known == ContainerStatus::Stopped) return;
    switch (look.kind) {
      case ContainerLook::Kind::Running:
        if (!container.created_at) container.created_at = at_;
        started(container);
        return;
      case ContainerLook::Kind::Stopped:
        if (container.known == ContainerStatus::Created && facts_.memory[at].killed) {
          container.known = ContainerStatus::Stopped;  // its command never ran: no exit code
        } else {
          exited(at, look.exit.value_or(model::Exit{255, at_}));
        }
        return;
      case ContainerLook::Kind::Created:
      case ContainerLook::Kind::Absent:
        if (container.known == ContainerStatus::Running) {
          fail(container, FaultKind::Vanished, "No container matching saved ID found");
          container.known = ContainerStatus::Stopped;
        } else if (container.known == ContainerStatus::Created) {
          // Its half-made self is completed or replaced by creating it once more.
          container.known = ContainerStatus::Pulled;
        }
        return;
    }
  }

  void probed(std::size_t at, bool healthy) {
    ContainerRecord& container = record_.containers[at];
    const auto& check = record_.task.containers[at].health_check;
    if (container.known != ContainerStatus::Running || !check) return;
    int& failed = facts_.memory[at].failed_probes;
    if (healthy) {
      failed = 0;
      become(container, Health::Healthy);
      return;
    }
    // Failures in the start period do not count, unless it was healthy before.
    const bool starting = container.started_at && at_ < *container.started_at + check->start_period;
    if (starting && container.health != Health::Healthy) return;
    if (++failed >= check->retries) become(container, Health::Unhealthy);
  }

  void become(ContainerRecord& container, Health health) {
    if (container.health == health) return;
    container.health = health;
    container.health_since = at_;
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
      case StepKind::CreateCgroup: stop_task(FaultKind::Cgroup, error); return;
      case StepKind::CreateNetwork: stop_task(FaultKind::Network, error); return;
      default:
        // Looking, signalling, releasing, cleaning: decided again, performed with backoff.
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
    fail(container, error.code == Errc::TimedOut ? FaultKind::TimedOut : kind, error.message);
    container.known = ContainerStatus::Stopped;
  }

  void start_failed(std::size_t at, const Error& error) {
    ContainerRecord& container = record_.containers[at];
    const bool may_run = error.code == Errc::TimedOut || error.code == Errc::Unavailable;
    fail(container, error.code == Errc::TimedOut ? FaultKind::TimedOut : FaultKind::CannotStart,
         error.message);
    if (!may_run) {
      container.known = ContainerStatus::Stopped;
      return;
    }
    // It may be running all the same: taken as started, it is stopped like one that is.
    started(container);
    if (record_.task.containers[at].essential) record_.goal = Goal::Stopped;
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

TaskStatus task_status_for(ContainerStatus slowest) {
  switch (slowest) {
    case ContainerStatus::None: return TaskStatus::None;
    case ContainerStatus::Pulled: return TaskStatus::Pulled;
    case ContainerStatus::Created: return TaskStatus::Created;
    case ContainerStatus::Running: return TaskStatus::Running;
    case ContainerStatus::Stopped: return TaskStatus::Stopped;
  }
  return TaskStatus::None;
}

bool has_start_in_flight(const Facts& facts, std::size_t at) {
  return facts.in_flight.contains(Step{StepKind::CreateContainer, at}) ||
         facts.in_flight.contains(Step{StepKind::StartContainer, at}) ||
         facts.in_flight.contains(Step{StepKind::PullImage, at});
}

void stop_what_can_never_start(Facts& facts) {
  model::Record& record = facts.record;
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    ContainerRecord& container = record.containers[at];
    if (container.known > ContainerStatus::Pulled || has_start_in_flight(facts, at)) continue;
    if (const Readiness readiness = readiness_of(record, at); readiness.never) {
      fail(container, FaultKind::DependencyFailed, *readiness.never);
      container.exit = model::Exit{kDependencyExitCode, {}};
      container.known = ContainerStatus::Stopped;
    }
  }
}

void stop_what_never_started(Facts& facts) {
  for (std::size_t at = 0; at < facts.record.containers.size(); ++at) {
    ContainerRecord& container = facts.record.containers[at];
    if (container.known <= ContainerStatus::Pulled && !has_start_in_flight(facts, at)) {
      container.known = ContainerStatus::Stopped;
    }
  }
}

bool has_essential_end(const model::Record& record) {
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    if (record.task.containers[at].essential &&
        record.containers[at].known == ContainerStatus::Stopped) {
      return true;
    }
  }
  return false;
}

void settle(Facts& facts, WallTime at) {
  model::Record& record = facts.record;
  if (record.known == TaskStatus::Stopped || !facts.looked) return;
  if (record.goal == Goal::Running) stop_what_can_never_start(facts);
  if (has_essential_end(record)) record.goal = Goal::Stopped;
  if (record.goal == Goal::Stopped) stop_what_never_started(facts);

  const auto slowest = std::min_element(
      record.containers.begin(), record.containers.end(),
      [](const ContainerRecord& a, const ContainerRecord& b) { return a.known < b.known; });
  // A task that could not even be read has no containers: there is nothing to wait for.
  const TaskStatus reached =
      slowest == record.containers.end() ? TaskStatus::Stopped : task_status_for(slowest->known);
  // With an essential container gone the task is on its way out, not running.
  if (reached < TaskStatus::Stopped && has_essential_end(record)) return;
  record.known = std::max(record.known, reached);
  if (record.known == TaskStatus::Stopped) {
    record.goal = Goal::Stopped;
    record.stopped_at = at;
    if (!record.execution_stopped_at) record.execution_stopped_at = at;
  }
}

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
