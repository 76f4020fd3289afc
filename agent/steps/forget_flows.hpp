// forget_flows.hpp - flows that began before the rules that are for them.
#pragma once

#include <vector>

#include "agent/steps/tools.hpp"

namespace berth::steps {

/// What is tracked of these devices' addresses: their owner is new, or gone; and UDP flows to the
/// ports they publish that go elsewhere. The firewall has been told of them already.
///
/// Blocks. again: yes. A kernel that does not let us is logged; the network works all the same.
void forget_flows_of(Tools& tools, const std::vector<firewall::Device>& devices);

/// UDP flows to any published port that go elsewhere: they began while the table was not there.
void forget_stray_flows(Tools& tools);

}  // namespace berth::steps
