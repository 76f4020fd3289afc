// manager.hpp - what the service manager is about to do.
#pragma once

#include "base/spawner.hpp"

namespace berth::systemd {

/// True when the whole system goes down or reboots, not just our own unit. Asks systemctl, which
/// reaches the manager of root without a bus: that may have gone already.
///
/// program: absolute path of systemctl; not there: false.
/// fails:   Cancelled; TimedOut, and whatever keeps a program that is there from running.
/// source:  systemd, systemctl(1), is-system-running: "stopping".
Async<bool> is_system_stopping(Spawner& spawner, std::string program, Deadline by);

inline constexpr const char* kSystemctl = "/usr/bin/systemctl";

}  // namespace berth::systemd
