// pull_image.hpp - a container's image, by the configured pull behaviour.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// fails: as Images::pull, after up to five tries of what may pass; Cancelled.
Async<Sight> pull_image(Tools& tools, RecordPtr record, std::size_t container);

}  // namespace berth::steps
