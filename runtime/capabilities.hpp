// capabilities.hpp - which capabilities a container gets; pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/host.hpp"
#include "runtime/spec.hpp"

namespace berth::runtime {

/// Docker's 14 by default, more or less of them as the spec asks ("NET_ADMIN", "CAP_NET_ADMIN",
/// "ALL"); all the host has when privileged. In the kernel's order.
///
/// fails:  Invalid (no such capability; asked for by name and not to be had on this host).
Result<std::vector<std::string>> capabilities_of(const ContainerSpec& spec, const HostFacts& host);

}  // namespace berth::runtime
