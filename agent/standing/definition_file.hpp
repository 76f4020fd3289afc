// definition_file.hpp - the text of a file to a task, or to what is wrong with it; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/inbox/accept.hpp"
#include "agent/model/task.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::standing {

/// A definition that can be run here.
struct Understood {
  model::Task task;                      ///< ids come with launched()
  std::vector<std::string> passed_over;  ///< as inbox::Accepted has them
};

/// Reads what a user writes for `aws ecs register-task-definition --cli-input-json`.
///
/// file:   its name, which the task carries. region: the node's; "" is "local".
/// fails:  Invalid: field, value and what is allowed.
Result<Understood> read_definition(const std::string& file, std::string_view text,
                                   const std::string& region, const inbox::Rules& rules);

/// What a definition says, and all that is wrong with it here.
struct Reading {
  Json definition;                       ///< checked, the service's defaults filled in
  std::optional<model::Task> task;       ///< absent when something is refused
  std::vector<inbox::Refused> refused;   ///< the reason first
  std::vector<std::string> passed_over;  ///< as inbox::Accepted has them
};

/// As read_definition, for those who want to know of everything.
///
/// says:   with networkConfiguration, if the file has one.
/// fails:  Invalid: what nobody would register.
Result<Reading> read_closely(const std::string& file, Json says, const std::string& region,
                             const inbox::Rules& rules);

/// The task of one start: task id and ARNs put in.
///
/// id:  32 hexadecimal digits.
model::Task launched(model::Task task, const std::string& region, const std::string& id);

}  // namespace berth::standing
