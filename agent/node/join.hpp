// join.hpp - becoming a container instance of the cluster, again after each start.
#pragma once

#include <string>

#include "agent/model/node_facts.hpp"
#include "agent/node/registration.hpp"
#include "agent/records/journal.hpp"
#include "base/clock.hpp"
#include "controlplane/client/control_plane.hpp"

namespace berth::node {

/// Who the node has become.
struct Joined {
  std::string instance_arn;
  std::string status;  ///< "ACTIVE", or "DRAINING" as it was left
};

/// Registers until it worked, with the ARN of the last registration if there was one, and writes
/// the ARN down. Makes the cluster `default` where it is missing.
///
/// fails:  Invalid (no restart can cure it: the service refuses the request for good, does not echo
///         an attribute, or the state on disk belongs to another cluster), Cancelled.
/// source: reference API, section 4.3.
Async<Joined> join(client::ControlPlane& control_plane, records::NodeBook& book, Clock& clock,
                   Offer offer, model::NodeFacts facts);

}  // namespace berth::node
