// network_use.hpp - what a task has received and sent, asked of the kernel.
#pragma once

#include "agent/model/why.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

/// It has networks of its own now.
bool has_networks(const model::Record& record);

/// Sums up what has passed them, counted where the task cannot reach: on the host, or in the
/// gateway. Of an interface that plugins made by their device on the host. Blocks.
///
/// fails:  NotFound (a device is not there, or was not known to begin with), Denied.
Result<model::NetworkUse> network_use(const Tools& tools, const model::Record& record);

}  // namespace berth::steps
