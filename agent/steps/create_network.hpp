// create_network.hpp - the task's network namespace and its name files.
#pragma once

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// awsvpc and bridge: forwarding where it is off (written down first), for each network a pinned
/// namespace, its interface and what the firewall lets through. bridge: ports of the host, too, in
/// the sight. Every mode: resolv.conf, hosts, hostname. again: yes.
///
/// fails: Invalid (an address), NotFound (a security group), Exists (a port that is taken, a device
///        of another owner), Exhausted (addresses, ports), Denied, Cancelled.
Async<Sight> create_network(Tools& tools, RecordPtr record);

}  // namespace berth::steps
