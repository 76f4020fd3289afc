// gpus.hpp - which GPUs this machine has, by the file that its driver's installation wrote.
#pragma once

#include <string>
#include <string_view>

#include "agent/model/node_facts.hpp"
#include "base/dir.hpp"
#include "base/result.hpp"

namespace berth::node {

/// {"DriverVersion": "550.54.15", "GPUIDs": ["GPU-..."]}; other members are passed over.
///
/// fails:  Broken, naming the member. An id that a list in an environment variable cannot carry is
///         none, nor is a version that the name of an attribute cannot.
/// source: the ECS agent's init program, nvidia-gpu-info.json.
Result<model::Gpus> parse_gpu_info(std::string_view text);

/// Reads the file below `root`. One that is not there is logged, and there are no GPUs.
///
/// path:   absolute.
/// fails:  as parse_gpu_info; Denied and the like when it cannot be read.
Result<model::Gpus> read_gpus(const Dir& root, const std::string& path);

}  // namespace berth::node
