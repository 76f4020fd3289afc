// host_end.hpp - the host's end of an interface that plugins made: by it the firewall holds a task
// to its security groups, and what passes is counted.
#pragma once

#include <optional>
#include <string>

#include "agent/plan/network.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

/// Finds it in the kernel, whatever the plugins say of it, and has it written down. Where the task
/// has security groups, it must be the only way between the task and anybody, and the host must
/// route what comes by it. again: yes.
///
/// fails: Invalid (groups cannot hold: names network, plugin, device and why), Denied, Exhausted.
Result<> note_host_end(const Tools& tools, const model::Record& record,
                       const plan::Network& network);

/// What the firewall is to know of it, of what is written down; nullopt: nothing. Where that is
/// lost of a network that is there, of what the kernel and the task's record have. fails: Broken
/// (also: what is lost cannot be found otherwise), Invalid, Denied.
Result<std::optional<firewall::Device>> device_of_host_end(const Tools& tools,
                                                           const model::Record& record,
                                                           const plan::Network& network);

/// Its name, of what is written down of the network called so, else of what the kernel has; "": it
/// has none.
Result<std::string> host_end_of_plugins(const Tools& tools, const std::string& network);

}  // namespace berth::steps
