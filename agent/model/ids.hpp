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

/// The name of a task's network, or of a container's own one: as in mode bridge.
inline std::string network_name_of(std::string_view task_id) {
  return std::string(task_id);
}
inline std::string network_name_of(std::string_view task_id, std::size_t ordinal) {
  return container_id_of(task_id, ordinal);
}

/// The namespace between a task and the LAN.
inline std::string gateway_name_of(std::string_view network) {
  return std::string(network) + "-gw";
}

/// The task id in the name of a network: 32 hex digits, and dashes among them in old ones.
inline std::string task_id_of_network(std::string_view name) {
  constexpr std::size_t kShort = 32;
  constexpr std::size_t kLong = 36;
  const bool is_long = name.size() >= kLong && name.find('-') < kShort;
  return std::string(name.substr(0, is_long ? kLong : kShort));
}

/// The task id in a container's id; "" when the id is none of ours.
inline std::string task_id_of_container(std::string_view container_id) {
  const std::size_t dash = container_id.rfind('-');
  return std::string(container_id.substr(0, dash == std::string_view::npos ? 0 : dash));
}

}  // namespace berth::model
