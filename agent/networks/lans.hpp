// lans.hpp - the seam to the LANs of the host: who is there is asked, and heard.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/model/node_network.hpp"
#include "base/async.hpp"
#include "netns/lan_frames.hpp"

namespace berth::networks {

/// Some addresses of a LAN that were asked for, and an ear for whoever says a word of them.
class LanQuestion {
 public:
  virtual ~LanQuestion() = default;

  /// Asks once more for all that were asked for.
  virtual Result<> ask() = 0;
  /// Waits for what others say of them next. Who only asks for one counts, too. One at a time.
  /// fails: Cancelled, Broken (nothing is heard any more).
  virtual Async<std::vector<netns::Claim>> hear() = 0;
};

/// One instance for the daemon; loop thread.
class Lans {
 public:
  virtual ~Lans() = default;

  /// Where the network's LAN is now. Another text than before: another device, or one that was cut
  /// off meanwhile, so that what was heard by it need not be true any more.
  /// fails: NotFound (the host has no such device), Denied, Cancelled.
  virtual Async<std::string> place_of(model::NodeNetwork network) = 0;
  /// The first questions are on their way then.
  ///
  /// besides: those that are not asked for, but heard of.
  /// fails:   as place_of().
  virtual Async<std::shared_ptr<LanQuestion>> begin(model::NodeNetwork network,
                                                    std::vector<netns::IpAddress> addresses,
                                                    std::vector<netns::IpAddress> besides) = 0;
};

}  // namespace berth::networks
