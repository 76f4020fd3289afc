// prepare_host.hpp - what of the host's own has to be so before a network can be made.
#pragma once

#include <vector>

#include "agent/plan/network.hpp"
#include "agent/steps/tools.hpp"

namespace berth::steps {

/// The directory of namespaces, and what the networks' ways need: forwarding where the host routes
/// for them, answers on the LAN where it stands in for them. Each change is written down before it
/// is made; and made again when somebody took it back.
///
/// fails: Denied; NotFound (no parent for a network on a LAN).
Async<> prepare_host(Tools& tools, std::vector<plan::Network> networks);

}  // namespace berth::steps
