// flows.hpp - flows that began under other rules are forgotten.
#pragma once

#include "netns/flow_codec.hpp"

namespace berth::netns {

/// A packet of a flow that the kernel tracks goes where the flow's first one went: what is
/// published or taken away since does not matter to it. A UDP flow stays as long as somebody sends.
/// These are forgotten, so that their next packet is the first of a new flow.
///
/// Acts on the network namespace of the calling thread. To be called when the rules are there
/// already. 0.02 ms where nothing is tracked; else the kernel's whole table is looked through, some
/// milliseconds.
/// host_addresses: none given are all of the host. again: yes.
/// fails: Denied, Unavailable (a kernel that does not list flows), TimedOut. returns how many.
Result<std::size_t> forget_flows(StaleFlows stale);

}  // namespace berth::netns
