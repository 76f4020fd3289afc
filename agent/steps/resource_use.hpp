// resource_use.hpp - what a task has of the node, asked of the kernel.
#pragma once

#include "agent/model/why.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

/// What its cgroup has used, all containers together. Blocks.
///
/// fails:  NotFound (it has no cgroup).
Result<model::ResourceUse> resource_use(const Tools& tools, const model::Record& record);

}  // namespace berth::steps
