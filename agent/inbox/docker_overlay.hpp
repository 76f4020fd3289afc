// docker_overlay.hpp - the dockerConfig strings of a container, laid over its typed members; pure.
#pragma once

#include <string>

#include "agent/inbox/findings.hpp"
#include "agent/model/container.hpp"
#include "controlplane/protocol/container.hpp"

namespace berth::inbox {

/// Lays Docker's Config and HostConfig over the container: scalars and lists replace, maps merge.
/// A text that is no such document is refused with the incumbent's "DockerClientConfigError".
/// source: reference task model, section 3; Docker Engine API, ContainerCreate.
///
/// where:   "containerDefinitions[0]"
/// returns: HostConfig.NetworkMode; "" when it has none.
std::string overlay_docker(const protocol::Container& given, const std::string& where,
                           model::Container& container, Findings& findings);

}  // namespace berth::inbox
