// hands.hpp - the seam between deciding and doing.
#pragma once

#include <memory>

#include "agent/engine/observed.hpp"
#include "agent/engine/step.hpp"
#include "agent/model/record.hpp"
#include "agent/model/why.hpp"
#include "base/async.hpp"

namespace berth::engine {

/// Does steps. Implemented by agent/steps over the rooms of the operating system and containerd.
class Hands {
 public:
  virtual ~Hands() = default;

  /// Does one step for the task, within the step's own deadline.
  ///
  /// record: as it was when the step was decided; not changed by doing.
  /// fails:  any code; the runner turns the failure into StepFailed. Cancelled when the runner
  ///         found the step moot.
  virtual Async<Sight> perform(Step step, std::shared_ptr<const model::Record> record) = 0;

  /// The longest the step may take; nullopt: it is tried again until it succeeds or is moot.
  virtual std::optional<std::chrono::milliseconds> limit_of(const Step& step,
                                                            const model::Record& record) const = 0;

  /// What the task waits for in the node's resource queue; nullopt when it does not.
  virtual std::optional<std::string> queue_word(const std::string& task_arn) const = 0;

  /// What has to come to the node before the task's network can be made; nullopt when nothing has.
  virtual std::optional<model::Waiting> awaited_nic(const std::string& task_arn) const = 0;
};

}  // namespace berth::engine
