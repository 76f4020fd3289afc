// manifest.hpp - which of our tasks a manifest does not want; pure.
#pragma once

#include <memory>
#include <vector>

#include "agent/model/record.hpp"
#include "controlplane/protocol/session.hpp"

namespace berth::inbox {

/// The tasks that should run by our records but are not in the manifest as RUNNING. They may be
/// stopped once the control plane has confirmed it, never before: a manifest can be older than a
/// task. source: acs-tcs, section 2.5.
std::vector<protocol::TaskIdentifier> stop_candidates(
    const std::vector<std::shared_ptr<const model::Record>>& records,
    const protocol::TaskManifestMessage& manifest);

}  // namespace berth::inbox
