// create_network.hpp - the task's network namespace and its name files.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// awsvpc: bridge, forwarding and firewall where they are missing (written down first), a pinned
/// namespace, its interface. Every mode: resolv.conf, hosts, hostname. again: yes.
///
/// fails: Invalid (an address), Denied, Exhausted, Exists (a device of another owner), Cancelled.
Async<Sight> create_network(Tools& tools, RecordPtr record);

}  // namespace berth::steps
