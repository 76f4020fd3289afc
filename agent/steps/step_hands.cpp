// step_hands.cpp - one line for each kind of step.
#include "agent/steps/step_hands.hpp"

#include "agent/steps/await_time.hpp"
#include "agent/steps/check_health.hpp"
#include "agent/steps/claim_address.hpp"
#include "agent/steps/clean.hpp"
#include "agent/steps/create_cgroup.hpp"
#include "agent/steps/create_network.hpp"
#include "agent/steps/examine_exit.hpp"
#include "agent/steps/look.hpp"
#include "agent/steps/pull_image.hpp"
#include "agent/steps/start_container.hpp"
#include "agent/steps/step_limits.hpp"
#include "agent/steps/stop_container.hpp"

namespace berth::steps {

Async<Sight> StepHands::perform(engine::Step step, RecordPtr record) {
  using engine::StepKind;
  const std::size_t container = step.container.value_or(0);
  switch (step.kind) {
    case StepKind::Look: return look(tools_, std::move(record));
    case StepKind::AwaitResources: return await_resources(tools_, std::move(record));
    case StepKind::CreateCgroup: return create_cgroup(tools_, std::move(record));
    case StepKind::CreateNetwork: return create_network(tools_, std::move(record));
    case StepKind::ClaimAddress: return claim_address(tools_, std::move(record));
    case StepKind::PullImage: return pull_image(tools_, std::move(record), container);
    case StepKind::CreateContainer: return create_container(tools_, std::move(record), container);
    case StepKind::StartContainer: return start_container(tools_, std::move(record), container);
    case StepKind::AwaitStartTimeout:
      return await_start_timeout(tools_, std::move(record), container);
    case StepKind::CheckHealth: return check_health(tools_, std::move(record), container);
    case StepKind::ExamineExit: return examine_exit(tools_, std::move(record), container);
    case StepKind::RestartContainer: return restart_container(tools_, std::move(record), container);
    case StepKind::SignalContainer: return signal_container(tools_, std::move(record), container);
    case StepKind::KillContainer: return kill_container(tools_, std::move(record), container);
    case StepKind::ConfirmExit: return confirm_exit(tools_, std::move(record), container);
    case StepKind::Release: return release(tools_, std::move(record));
    case StepKind::AwaitCleanup: return await_cleanup(tools_, std::move(record));
    case StepKind::Clean: return clean(tools_, std::move(record));
  }
  return look(tools_, std::move(record));
}

std::optional<std::chrono::milliseconds> StepHands::limit_of(const engine::Step& step,
                                                             const model::Record& record) const {
  return limit_for(step, record, tools_.limits, tools_.settings);
}

std::optional<std::string> StepHands::queue_word(const std::string& task_arn) const {
  return tools_.admission.waits_for(task_arn);
}

std::optional<model::Waiting> StepHands::awaited_nic(const std::string& task_arn) const {
  if (tools_.attachments == nullptr) return std::nullopt;
  return tools_.attachments->waits_for(task_arn);
}

}  // namespace berth::steps
