// pull_image.hpp - a container's image, by the configured pull behaviour.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// fails: as Images::pull, after up to five tries of what may pass; Cancelled.
Async<Sight> pull_image(Tools& tools, RecordPtr record, std::size_t container);

/// "downloading", "12.0 of 40.0 MiB, 2 of 5 layers"; nothing so far while the registry is asked.
engine::Progress progress_of(const runtime::PullProgress& progress);

}  // namespace berth::steps
