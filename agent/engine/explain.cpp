// explain.cpp - from the step in flight, or the dependency not met, to a sentence.
#include "agent/engine/explain.hpp"

#include <algorithm>

#include "agent/engine/order.hpp"
#include "agent/engine/verdict.hpp"

namespace berth::engine {

using model::ContainerStatus;
using model::TaskStatus;
using model::Waiting;

namespace {

// What is told first where several things are under way: what the others wait for.
constexpr StepKind kTowardsRunning[] = {StepKind::CreateCgroup, StepKind::CreateNetwork,
                                        StepKind::PullImage,    StepKind::CreateContainer,
                                        StepKind::ClaimAddress, StepKind::StartContainer,
                                        StepKind::ExamineExit,  StepKind::RestartContainer};
constexpr StepKind kTowardsStopped[] = {
    StepKind::KillContainer,   StepKind::ConfirmExit,      StepKind::SignalContainer,
    StepKind::ExamineExit,     StepKind::RestartContainer, StepKind::StartContainer,
    StepKind::CreateContainer, StepKind::PullImage,        StepKind::ClaimAddress,
    StepKind::CreateNetwork,   StepKind::CreateCgroup};

/// Looks for what a task waits for. Lives for one explain().
class Explainer {
 public:
  Explainer(const Facts& facts, const Moment& moment)
      : facts_(facts), record_(facts.record), moment_(moment) {}

  std::optional<Waiting> waiting() const {
    if (moment_.held_by_disk) return moment_.held_by_disk;
    if (record_.known == TaskStatus::Stopped) return after_the_end();
    if (!facts_.looked) return of_step({StepKind::Look, {}});
    if (auto queued = of_step({StepKind::AwaitResources, {}})) return queued;
    if (record_.goal == model::Goal::Stopped) return first_of(kTowardsStopped);
    if (auto under_way = first_of(kTowardsRunning)) return under_way;
    return of_dependency();
  }

 private:
  template <std::size_t N>
  std::optional<Waiting> first_of(const StepKind (&kinds)[N]) const {
    for (const StepKind kind : kinds) {
      for (const auto& [step, begun] : moment_.in_flight) {
        if (step.kind == kind) return of_step(step);
      }
    }
    return std::nullopt;
  }

  std::optional<Waiting> of_step(const Step& step) const {
    const auto found = moment_.in_flight.find(step);
    if (found == moment_.in_flight.end()) return std::nullopt;
    const Begun& begun = found->second;
    if (step.kind == StepKind::KillContainer) return of_stop(*step.container, begun);
    if (step.kind == StepKind::CreateNetwork && moment_.awaited_nic) return moment_.awaited_nic;
    Waiting waiting{text_of(step, begun), begun.at, std::nullopt, ""};
    if (const auto limit = moment_.limit_of(step)) {
      waiting.until = begun.at + *limit;
      waiting.then = "it counts as failed";
    }
    return waiting;
  }

  /// The stop timeout runs from the stop signal, whoever sent it.
  Waiting of_stop(std::size_t at, const Begun& begun) const {
    Waiting waiting{"container " + name(at) + " to end", begun.at, std::nullopt, ""};
    const auto& signalled = record_.containers[at].stop_signalled_at;
    if (!signalled) return waiting;
    waiting.since = signalled;
    if (const auto limit = moment_.limit_of({StepKind::SignalContainer, at})) {
      waiting.until = *signalled + *limit;
      waiting.then = "it gets SIGKILL";
    }
    return waiting;
  }

  std::string text_of(const Step& step, const Begun& begun) const {
    const std::string container = step.container ? "container " + name(*step.container) : "";
    switch (step.kind) {
      case StepKind::Look: return "a look at what is on the node";
      case StepKind::AwaitResources:
        return "the node's resources: " + moment_.queue_word.value_or("its turn");
      case StepKind::CreateCgroup: return "its cgroup to be made";
      case StepKind::CreateNetwork: return "its network to be made";
      case StepKind::ClaimAddress: return "its address to be found free";
      case StepKind::PullImage:
        return "image " + record_.task.containers[*step.container].image + " of " + container +
               " to be pulled" + (begun.so_far.empty() ? "" : " (" + begun.so_far + ")");
      case StepKind::CreateContainer: return container + " to be created";
      case StepKind::StartContainer: return container + " to be started";
      case StepKind::RestartContainer: return container + " to be started again";
      case StepKind::ExamineExit: return "everything of " + container + " to be gone";
      case StepKind::SignalContainer: return "the stop signal to reach " + container;
      case StepKind::ConfirmExit: return container + " to be gone after SIGKILL";
      case StepKind::Release: return "its processes, network and cgroup to be removed";
      case StepKind::Clean: return "its containers, files and logs to be removed";
      default: return std::string(name_of(step.kind));
    }
  }

  std::optional<Waiting> of_dependency() const {
    std::optional<std::size_t> waits;
    for (std::size_t at = 0; at < record_.containers.size(); ++at) {
      if (record_.containers[at].known >= ContainerStatus::Created) continue;
      const Readiness readiness = readiness_of(facts_, at);
      if (readiness.waits_for.empty()) continue;
      // The end of the chain: what it waits for does not itself wait for another.
      const bool is_end = record_.containers[readiness.missing].known >= ContainerStatus::Created;
      if (!waits || is_end) waits = at;
      if (is_end) break;
    }
    if (!waits) return std::nullopt;
    const Readiness readiness = readiness_of(facts_, *waits);
    const auto started = record_.containers[readiness.missing].last_start();
    Waiting waiting{"container " + readiness.waits_for + ", which " + name(*waits) + " depends on",
                    started ? *started : record_.accepted_at, std::nullopt, ""};
    const auto& limit = record_.task.containers[readiness.missing].start_timeout;
    if (started && limit) {
      waiting.until = *started + *limit;
      waiting.then = name(*waits) + " is stopped";
    }
    return waiting;
  }

  std::optional<Waiting> after_the_end() const {
    if (!record_.final_accepted) {
      return Waiting{"the control plane to take its STOPPED report", record_.stopped_at,
                     std::nullopt, ""};
    }
    if (auto release = of_step({StepKind::Release, {}})) return release;
    if (auto clean = of_step({StepKind::Clean, {}})) return clean;
    const Step rest{StepKind::AwaitCleanup, {}};
    const auto limit = moment_.limit_of(rest);
    if (!moment_.in_flight.contains(rest) || !limit || !record_.stopped_at) return std::nullopt;
    return Waiting{"its time on the node to be over", record_.stopped_at,
                   *record_.stopped_at + *limit, "it is cleaned up"};
  }

  const std::string& name(std::size_t at) const { return record_.task.containers[at].name; }

  const Facts& facts_;
  const model::Record& record_;
  const Moment& moment_;
};

std::optional<WallTime> status_since(const model::Record& record) {
  if (record.known == TaskStatus::Stopped) return record.stopped_at;
  if (record.known < TaskStatus::Running) return record.accepted_at;
  std::optional<WallTime> last;
  for (const model::ContainerRecord& container : record.containers) {
    if (container.started_at) last = std::max(last.value_or(WallTime{}), *container.started_at);
  }
  return last;
}

}  // namespace

model::Why explain(const Facts& facts, const Moment& moment) {
  const model::Record& record = facts.record;
  model::Why why;
  why.task_arn = record.task.arn;
  // ECS's word for it: everything before RUNNING is PENDING.
  why.status = record.known < TaskStatus::Running ? "PENDING" : std::string(name_of(record.known));
  why.since = status_since(record);
  why.waiting = Explainer(facts, moment).waiting();
  why.verdicts = verdicts_of(record);
  return why;
}

model::Why explain_past(const model::Timeline& timeline) {
  model::Why why;
  why.task_arn = timeline.task_arn;
  why.status = "GONE";
  for (const model::Entry& entry : timeline.entries) {
    why.since = entry.at;
    if (entry.kind == model::EntryKind::Verdict) {
      why.verdicts.push_back({entry.container, entry.text});
    }
  }
  return why;
}

}  // namespace berth::engine
