// payload.hpp - a definition, once launched, as an agent is told of it; pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "controlplane/protocol/payload.hpp"

namespace berth::definition {

/// What a launch adds to its definition.
struct Launch {
  std::string task_arn;
  std::string task_id;         ///< last part of the ARN
  std::string desired_status;  ///< RUNNING, STOPPED
  std::string cluster_arn;
  std::string version;  ///< revision of the definition
  std::string account;
  std::string group;
  std::string launch_type;         ///< EC2, EXTERNAL, FARGATE
  std::string region;              ///< where secrets are whose name says none
  std::optional<std::string> cpu;  ///< of the task, after overrides; as the definition writes it
  std::optional<std::string> memory;
  Json overrides = Json::object();                       ///< TaskOverride
  std::map<std::string, std::string> container_arns;     ///< by name
  std::map<std::string, std::vector<std::string>> gpus;  ///< ids, by name of their container
};

/// The task of a PayloadMessage: the definition with the overrides merged in. Neither interfaces
/// nor role credentials are in it.
///
/// definition: as normalised_definition() returns it.
protocol::Task payload_of(const Json& definition, const Launch& launch);

}  // namespace berth::definition
