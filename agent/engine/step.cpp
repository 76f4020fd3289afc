// step.cpp - the steps' names.
#include "agent/engine/step.hpp"

namespace berth::engine {

std::string_view name_of(StepKind kind) {
  switch (kind) {
    case StepKind::Look: return "Look";
    case StepKind::AwaitResources: return "AwaitResources";
    case StepKind::CreateCgroup: return "CreateCgroup";
    case StepKind::CreateNetwork: return "CreateNetwork";
    case StepKind::ClaimAddress: return "ClaimAddress";
    case StepKind::PullImage: return "PullImage";
    case StepKind::CreateContainer: return "CreateContainer";
    case StepKind::StartContainer: return "StartContainer";
    case StepKind::AwaitStartTimeout: return "AwaitStartTimeout";
    case StepKind::CheckHealth: return "CheckHealth";
    case StepKind::ExamineExit: return "ExamineExit";
    case StepKind::RestartContainer: return "RestartContainer";
    case StepKind::SignalContainer: return "SignalContainer";
    case StepKind::KillContainer: return "KillContainer";
    case StepKind::ConfirmExit: return "ConfirmExit";
    case StepKind::Release: return "Release";
    case StepKind::AwaitCleanup: return "AwaitCleanup";
    case StepKind::Clean: return "Clean";
  }
  return "Look";
}

std::string name_of(const Step& step) {
  std::string name(name_of(step.kind));
  if (step.container) name += "[" + std::to_string(*step.container) + "]";
  return name;
}

}  // namespace berth::engine
