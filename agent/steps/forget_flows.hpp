// forget_flows.hpp - flows that began before the rules that are for them.
#pragma once

#include <vector>

#include "agent/plan/network.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

/// A network as forget_flows_of() takes it: its device with all of its addresses, also those that
/// plugins gave.
firewall::Device flows_of(const Tools& tools, const model::Record& record,
                          const plan::Network& network);

/// What is tracked of these devices' addresses: their owner is new, or gone; and UDP flows to the
/// ports they publish that go elsewhere. The firewall has been told of them already.
///
/// Blocks. again: yes. A kernel that does not let us is logged; the network works all the same.
void forget_flows_of(Tools& tools, const std::vector<firewall::Device>& devices);

/// UDP flows to any published port that go elsewhere: they began while the table was not there.
void forget_stray_flows(Tools& tools);

}  // namespace berth::steps
