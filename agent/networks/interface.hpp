// interface.hpp - an address of a network to the interface of a task; pure.
#pragma once

#include <string>

#include "agent/model/node_network.hpp"
#include "base/random.hpp"

namespace berth::networks {

/// An interface as a control plane would describe it, without its groups: id and MAC are new, the
/// latter locally administered.
model::Eni interface_in(const model::NodeNetwork& network, const model::NodeAddress& address,
                        Random& random);

}  // namespace berth::networks
