// units.hpp - transient slices: made, and taken away with all that is in them.
#pragma once

#include <string>

#include "base/async.hpp"
#include "systemd/spec.hpp"

namespace berth::systemd {

/// "/a.slice/a-b.slice" of "a-b.slice": where systemd keeps the slice's cgroup, for its name says
/// which slices it is in. fails: Invalid (not a slice's name, or an empty part between dashes).
Result<std::string> cgroup_of_slice(const std::string& name);

/// Starts the slice and waits until it is active, its cgroup made.
///
/// fails:  Invalid (a property systemd does not take, in its words), Denied, Unavailable (no bus),
///         TimedOut.
/// again:  yes; one that is there is left as it is.
/// note:   blocks; call it through Offload. Connects anew each time: the bus may be restarted.
/// source: systemd, org.freedesktop.systemd1(5), StartTransientUnit; CONTROL_GROUP_INTERFACE.
Result<> start_slice(const TransientUnit& slice, Deadline by);

/// Stops the slice with the scopes in it, which ends the processes there. Blocks.
///
/// fails:  Denied, Unavailable (no bus), TimedOut.
/// again:  yes; one that is gone is a success.
Result<> stop_slice(const std::string& name, Deadline by);

}  // namespace berth::systemd
