// oci_spec.hpp - a container's specification as the runtime takes it; pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/host.hpp"
#include "runtime/spec.hpp"
#include "runtime/user.hpp"

namespace berth::runtime {

/// What containerd calls the document in a container's record.
inline constexpr const char* kSpecType = "types.containerd.io/opencontainers/runtime-spec/1/Spec";

/// The OCI runtime document (version 1.0.2, JSON) of one container.
///
/// devices: the host's device files; used when the container is privileged, else may be empty.
/// fails:   Invalid (no command; a path that is not absolute; unknown capability or limit; an init,
///          which there is none of yet), naming the field.
/// note:    no seccomp and no AppArmor profile is set.
/// source:  OCI runtime-spec 1.0.2, config.md and config-linux.md; the defaults are Docker's.
Result<std::string> oci_spec(const ContainerSpec& spec, const User& user, const HostFacts& host,
                             const std::vector<Device>& devices);

/// The process document of a command run inside a container: the container's own process (user,
/// environment, directory, capabilities, limits) with another command.
///
/// container_document: as oci_spec made it.
/// fails:  Invalid (no command), Broken (the document is not one of ours).
Result<std::string> oci_exec_process(const std::string& container_document, const ExecSpec& what);

}  // namespace berth::runtime
