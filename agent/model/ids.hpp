// ids.hpp - names made from a task's ARN; every object of a task is named after its id.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth::model {

/// The text after the last '/' of an ARN: "9f..." of "arn:aws:ecs:...:task/lab/9f...".
inline std::string task_id_of(std::string_view task_arn) {
  const std::size_t slash = task_arn.rfind('/');
  return std::string(slash == std::string_view::npos ? task_arn : task_arn.substr(slash + 1));
}

/// The engine's id of a task's nth container: short, free of the container's name and its letters,
/// unique on the host because the task id is. ECS shows it as runtimeId.
inline std::string container_id_of(std::string_view task_id, std::size_t ordinal) {
  return std::string(task_id) + "-" + std::to_string(ordinal);
}

/// The task id in a container's id; "" when the id is none of ours.
inline std::string task_id_of_container(std::string_view container_id) {
  const std::size_t dash = container_id.rfind('-');
  return std::string(container_id.substr(0, dash == std::string_view::npos ? 0 : dash));
}

}  // namespace berth::model
