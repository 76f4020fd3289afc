// membership.hpp - the node and its cluster, for a berthd that is no daemon.
#pragma once

#include <string>

#include "agent/config/config.hpp"
#include "agent/host.hpp"
#include "agent/local/membership.hpp"
#include "aws/credentials.hpp"
#include "base/http/message.hpp"

namespace berth::agent {

/// berthd --membership: what the state on disk says. Takes no lock, makes nothing: a daemon may run
/// meanwhile. Blocking.
///
/// fails:  Denied, Broken (the state cannot be read).
Result<local::StateView> membership_on_disk(const config::Config& config);

/// Whom a leaving node tells.
struct Farewell {
  aws::Credentials& credentials;
  http::Url backend;
  std::string version;  ///< of this program
};

/// berthd --deregister: the control plane forgets this node, and then the node who it was. No
/// daemon may run on the state meanwhile. again: yes; who is registered nowhere is done.
///
/// fails:  as ControlPlane; Invalid (tasks run there, as far as it knows).
Async<> deregister(Host& host, Farewell farewell);

}  // namespace berth::agent
