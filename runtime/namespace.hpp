// namespace.hpp - containerd's namespace of this agent: made at the start; and who is there.
#pragma once

#include "base/async.hpp"
#include "containerd_api/connection.hpp"

namespace berth::runtime {

/// Makes the connection's namespace. again: yes. fails: Unavailable, TimedOut.
Async<> ensure_namespace(containerd_api::Connection& connection, Deadline by);

/// containerd's version, "1.6.20~ds1". fails: Unavailable, TimedOut.
Async<std::string> engine_version(containerd_api::Connection& connection, Deadline by);

}  // namespace berth::runtime
