// accept.hpp - a task of a payload becomes one of ours, or a reason why not; pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "agent/inbox/findings.hpp"
#include "agent/model/node_facts.hpp"
#include "agent/model/status.hpp"
#include "agent/model/task.hpp"
#include "controlplane/protocol/payload.hpp"

namespace berth::inbox {

/// What of the configuration and the node decides whether a task may run.
struct Rules {
  bool privileged = true;   ///< not ECS_DISABLE_PRIVILEGED
  bool task_limits = true;  ///< ECS_ENABLE_TASK_CPU_MEM_LIMIT
  bool plugged_in = false;  ///< interfaces of tasks are NICs that come to the host
  /// The node gives awsvpc tasks their addresses: driver cni. No interface needs be described.
  bool gives_addresses = false;
  model::CgroupFacts cgroups = {};  ///< which limits they can hold
};

struct Accepted {
  model::Task task;
  model::Goal goal = model::Goal::Running;
  /// What the task asks for and nobody here acts on yet, for one warning line:
  /// "containerDefinitions[0].logConfiguration", "taskRoleArn". The task runs without.
  std::vector<std::string> passed_over;
  bool operator==(const Accepted&) const = default;
};

/// The task cannot run here; it is reported STOPPED with the reason, and never tried.
struct Refusal {
  model::Task task;    ///< as much of it as a report needs: ids, names of its containers
  std::string reason;  ///< names field, value and rule
  std::vector<Refused> refused = {};          ///< all that is wrong, the reason first
  std::vector<std::string> passed_over = {};  ///< as Accepted has them
  bool operator==(const Refusal&) const = default;
};

using Verdict = std::variant<Accepted, Refusal>;

/// Checks everything, trusts nothing. What a task would run wrong without is refused; what it only
/// loses by is passed over, and named. The dockerConfig strings are laid over the typed members.
/// source: reference task model, sections 1 to 8.
Verdict accept(const protocol::Task& task, const Rules& rules);

/// "UnrecogniedTaskError: Error loading task - <detail>": the incumbent's words, misspelling and
/// all, for a task that could not be read. Its payload is not acknowledged.
Refusal refuse_undecoded(const protocol::UndecodedTask& task);

}  // namespace berth::inbox
