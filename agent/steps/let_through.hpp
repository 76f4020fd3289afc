// let_through.hpp - what the firewall is told of a task's network, on the host and in its gateway.
//
// Without a gateway the host's table holds the rules. With one the gateway's does, because there
// the task's device is; the host's then only checks whose packets come in by the second veth.
#pragma once

#include <string>

#include "agent/plan/network.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

/// The network need not be there yet: no packet passes before its rules. again: yes.
/// fails: as firewall::Table::add().
Result<> let_through(Tools& tools, const model::Record& record, const plan::Network& network);

/// The same for one from before, without a word to the kernel.
/// fails: as device_of_host_end(): the task would not be held to its security groups.
Result<> expect_through(Tools& tools, const model::Record& record, const plan::Network& network);

/// When the network is gone. again: yes.
Result<> shut_out(Tools& tools, const std::string& network);

}  // namespace berth::steps
