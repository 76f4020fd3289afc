// interfaces.hpp - announced network interfaces as attachments to wait for; pure.
#pragma once

#include <string>
#include <vector>

#include "agent/records/attachment.hpp"
#include "controlplane/protocol/parts.hpp"

namespace berth::inbox {

/// What an announcement says of all its interfaces.
struct Announcement {
  std::string task_arn;  ///< "": they are the instance's own
  std::vector<protocol::ElasticNetworkInterface> enis;
  std::chrono::milliseconds wait{0};  ///< how long the control plane waits for them
};

/// plugged_in:  tasks' interfaces are NICs that come to the host; otherwise berth makes them. Those
///              of the instance are always NICs, and the branch of a trunk is there with its trunk.
/// fails:       Invalid (a MAC address is none; names the member and the value).
Result<std::vector<records::Attachment>> attachments_of(const Announcement& announcement,
                                                        WallTime now, bool plugged_in);

}  // namespace berth::inbox
