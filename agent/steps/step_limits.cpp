// step_limits.cpp - the step's own time, and that of the calls it makes.
#include "agent/steps/step_limits.hpp"

#include "agent/plan/stop.hpp"

namespace berth::steps {

using engine::StepKind;

std::optional<std::chrono::milliseconds> limit_for(const engine::Step& step,
                                                   const model::Record& record,
                                                   const Limits& limits,
                                                   const plan::Settings& settings) {
  const std::size_t at = step.container.value_or(0);
  const auto stop_timeout = [&] {
    return plan::stop_timeout_for(record.task.containers[at], settings);
  };
  switch (step.kind) {
    case StepKind::AwaitResources: return limits.resources;
    case StepKind::CreateCgroup:
    case StepKind::ClaimAddress: return limits.host;
    case StepKind::CreateNetwork:
      return record.placement.eni_access.is_of_plugins() ? limits.plugins : limits.host;
    case StepKind::PullImage: return limits.pull;
    case StepKind::CreateContainer: return limits.create;
    case StepKind::StartContainer: return limits.start;
    case StepKind::RestartContainer: return restart_limit(limits);
    case StepKind::AwaitStartTimeout: return record.task.containers[at].start_timeout;
    case StepKind::CheckHealth: {
      const model::HealthCheck& check = *record.task.containers[at].health_check;
      return check.interval + check.timeout;
    }
    case StepKind::ExamineExit:
    case StepKind::KillContainer: return stop_timeout() + limits.call;
    case StepKind::SignalContainer: return stop_timeout();
    case StepKind::ConfirmExit: return limits.call;
    case StepKind::AwaitCleanup: return limits.cleanup;
    case StepKind::Look:
    case StepKind::Release:
    case StepKind::Clean: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace berth::steps
