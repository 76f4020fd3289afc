// decide.cpp - the order of a task's life, in one place.
#include "agent/engine/decide.hpp"

#include "agent/engine/order.hpp"

namespace berth::engine {

using model::ContainerStatus;
using model::Goal;

namespace {

/// Collects steps, leaving out those already in flight.
class Steps {
 public:
  explicit Steps(const Facts& facts) : facts_(facts) {}

  void add(StepKind kind, std::optional<std::size_t> container = std::nullopt) {
    const Step step{kind, container};
    if (!facts_.in_flight.contains(step)) chosen_.push_back(step);
  }
  std::vector<Step> take() { return std::move(chosen_); }

 private:
  const Facts& facts_;
  std::vector<Step> chosen_;
};

bool is_in_flight(const Facts& facts, StepKind kind, std::size_t container) {
  return facts.in_flight.contains(Step{kind, container});
}

/// A look beside a step that makes or starts something could see the world before it and be told
/// after it.
bool is_changing_the_world(const Facts& facts) {
  for (const Step& step : facts.in_flight) {
    if (step.kind == StepKind::CreateCgroup || step.kind == StepKind::CreateNetwork ||
        step.kind == StepKind::ClaimAddress || step.kind == StepKind::CreateContainer ||
        step.kind == StepKind::StartContainer || step.kind == StepKind::RestartContainer) {
      return true;
    }
  }
  return false;
}

/// Beside the creation of containers; nothing in one may run before.
bool is_address_missing(const model::Record& record) {
  return model::must_claim_address(record) && !record.address_claimed;
}

/// A running container whose process has ended: why, and whether that is the end.
void after_an_exit(const Facts& facts, std::size_t at, Steps& steps) {
  const bool again = facts.record.containers[at].restarting;
  steps.add(again ? StepKind::RestartContainer : StepKind::ExamineExit, at);
}

void towards_running(const Facts& facts, std::size_t at, Steps& steps) {
  const model::Record& record = facts.record;
  switch (record.containers[at].known) {
    case ContainerStatus::None:
      // Images come before ordering: a missing one is then found out before anything has run.
      steps.add(StepKind::PullImage, at);
      return;
    case ContainerStatus::Pulled:
      if (record.cgroup_ready && record.network_ready && readiness_of(facts, at).ready) {
        steps.add(StepKind::CreateContainer, at);
      }
      return;
    case ContainerStatus::Created:
      if (!is_address_missing(record)) steps.add(StepKind::StartContainer, at);
      return;
    case ContainerStatus::Running:
      if (record.containers[at].ended) return after_an_exit(facts, at, steps);
      if (record.task.containers[at].health_check) steps.add(StepKind::CheckHealth, at);
      if (record.task.containers[at].start_timeout && !facts.memory[at].start_timed_out &&
          is_waited_for(record, at)) {
        steps.add(StepKind::AwaitStartTimeout, at);
      }
      return;
    case ContainerStatus::Stopped: return;
  }
}

void towards_stopped(const Facts& facts, std::size_t at, Steps& steps) {
  // A start in flight is waited for: only its end tells whether there is something to stop.
  if (is_in_flight(facts, StepKind::CreateContainer, at) ||
      is_in_flight(facts, StepKind::StartContainer, at) ||
      is_in_flight(facts, StepKind::RestartContainer, at)) {
    return;
  }
  switch (facts.record.containers[at].known) {
    case ContainerStatus::None:
    case ContainerStatus::Pulled:
    case ContainerStatus::Stopped: return;  // apply() has settled these without asking the world
    case ContainerStatus::Created:
      // Its command has not run yet: nothing in it could use a stop signal.
      steps.add(facts.memory[at].killed ? StepKind::ConfirmExit : StepKind::KillContainer, at);
      return;
    case ContainerStatus::Running:
      if (facts.record.containers[at].ended) return after_an_exit(facts, at, steps);
      if (!may_stop(facts.record, at)) return;
      if (!facts.memory[at].signalled) {
        steps.add(StepKind::SignalContainer, at);
      } else {
        steps.add(facts.memory[at].killed ? StepKind::ConfirmExit : StepKind::KillContainer, at);
      }
      return;
  }
}

void after_the_end(const Facts& facts, Steps& steps) {
  if (!facts.record.released) {
    // What is still being made must be there or not before it can be taken away.
    if (facts.in_flight.empty()) steps.add(StepKind::Release);
  } else if (!facts.cleanup_due) {
    steps.add(StepKind::AwaitCleanup);
  } else if (facts.record.final_accepted && !facts.cleaned) {
    steps.add(StepKind::Clean);
  }
}

}  // namespace

std::vector<Step> decide(const Facts& facts) {
  Steps steps(facts);
  const model::Record& record = facts.record;
  if (record.known == model::TaskStatus::Stopped) {
    after_the_end(facts, steps);
    return steps.take();
  }
  if (!facts.looked) {
    if (!is_changing_the_world(facts)) steps.add(StepKind::Look);
    return steps.take();
  }
  if (record.goal == Goal::Running && !record.admitted) {
    steps.add(StepKind::AwaitResources);
    return steps.take();
  }
  if (record.goal == Goal::Running) {
    if (!record.cgroup_ready) steps.add(StepKind::CreateCgroup);
    if (!record.network_ready) steps.add(StepKind::CreateNetwork);
    if (record.network_ready && is_address_missing(record)) steps.add(StepKind::ClaimAddress);
  }
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    if (record.goal == Goal::Running) {
      towards_running(facts, at, steps);
    } else {
      towards_stopped(facts, at, steps);
    }
  }
  return steps.take();
}

bool is_moot(const Facts& facts, const Step& step) {
  const bool stopping = facts.record.goal == Goal::Stopped;
  const bool gone =
      step.container && facts.record.containers[*step.container].known == ContainerStatus::Stopped;
  const bool has_ended = step.container && facts.record.containers[*step.container].ended;
  switch (step.kind) {
    case StepKind::AwaitResources:
    case StepKind::ClaimAddress:
    case StepKind::PullImage: return stopping;
    case StepKind::AwaitStartTimeout:
      return stopping || gone || !is_waited_for(facts.record, *step.container);
    case StepKind::CheckHealth: return stopping || gone || has_ended;
    case StepKind::SignalContainer:
    case StepKind::KillContainer:
    case StepKind::ConfirmExit: return gone || has_ended;
    default: return false;
  }
}

}  // namespace berth::engine
