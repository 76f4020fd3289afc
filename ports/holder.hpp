// holder.hpp - which process has a port of the host.
#pragma once

#include <cstdint>
#include <string>

#include "base/dir.hpp"

namespace berth::ports {

/// "nginx (pid 812)"; "" when nobody is found: it is in another namespace, or gone again.
/// proc: /proc. Reads the sockets of the calling thread's network namespace, then all processes'
/// descriptors: some ms.
std::string holder_of(const Dir& proc, const std::string& protocol, std::uint16_t port);

}  // namespace berth::ports
