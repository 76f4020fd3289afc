// review.hpp - what would come of a task definition on this node, field by field; pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/inbox/accept.hpp"
#include "agent/model/node_facts.hpp"
#include "agent/model/task.hpp"
#include "base/result.hpp"

namespace berth::standing {

/// What becomes of a field.
enum class Fate : std::uint8_t {
  Honoured,  ///< it means here what it means to ECS
  Emulated,  ///< the same is reached by another way, with a difference that the words name
  Ignored,   ///< the task runs without it
  Refused,   ///< the task does not run because of it
};
std::string_view name_of(Fate fate);

struct Remark {
  std::string path;  ///< "containerDefinitions[0].linuxParameters.swappiness"
  Fate fate = Fate::Honoured;
  std::string words;  ///< why, or how
  bool operator==(const Remark&) const = default;
};

/// Who would have the task run. What is not in a definition comes from there: the interface of a
/// task in awsvpc, its groups, its GPUs.
enum class Sender : std::uint8_t {
  AmazonEcs,
  ControlPlane,  ///< another one, such as berth-lab
  File,          ///< of BERTH_TASKS_DIR
};

struct Review {
  std::vector<Remark> remarks;  ///< in the order of the file
  std::string refusal;          ///< the first reason why the task would not run; "" when it would
  std::string waits_for;        ///< what is not free now and would be waited for; "" for nothing
  bool operator==(const Review&) const = default;
};

/// More than the whole node has.
struct Misfit {
  std::string member;  ///< of the task or of its containers: "cpu", "memory"
  std::string words;
};

/// What of the node a review depends on. The functions are asked about a task that is not refused.
struct Node {
  Sender sender = Sender::ControlPlane;
  inbox::Rules rules;
  std::string region;
  model::NodeFacts facts;
  std::string eni_driver = "bridge";           ///< BERTH_ENI_DRIVER
  std::vector<std::string> attributes;         ///< names of those the node registers
  std::function<Result<>(const model::Task&)>  ///< as standing::Needs has it
      check_network;
  std::function<std::optional<Misfit>(const model::Task&)> misfit;
  std::function<std::optional<std::string>(const model::Task&)> waits_for;
};

/// Reads a definition as it would be read if the task was to run, and starts nothing. Whether it
/// would run is said by what decides it then: the reader of definitions, inbox::accept, the
/// networks and the resource queue of the node; of the control plane's placement by the attributes
/// it goes by.
///
/// text:  what `aws ecs register-task-definition --cli-input-json` takes, or a file of tasks.d.
Review review(std::string_view text, const Node& node);

}  // namespace berth::standing
