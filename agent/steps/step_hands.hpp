// step_hands.hpp - the engine's hands: which step is done by which file.
#pragma once

#include "agent/engine/hands.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

class StepHands final : public engine::Hands {
 public:
  explicit StepHands(Tools& tools) : tools_(tools) {}

  Async<Sight> perform(engine::Step step, RecordPtr record) override;
  std::optional<std::chrono::milliseconds> limit_of(const engine::Step& step,
                                                    const model::Record& record) const override;
  std::optional<std::string> queue_word(const std::string& task_arn) const override;
  std::optional<model::Waiting> awaited_nic(const std::string& task_arn) const override;

 private:
  Tools& tools_;
};

}  // namespace berth::steps
