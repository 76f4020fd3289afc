// host_lans.hpp - the LANs behind the host's devices, by packet sockets on them.
#pragma once

#include "agent/networks/lans.hpp"
#include "base/offload.hpp"

namespace berth::networks {

/// Asks from the host's own device, under its hardware address. What stands on the same device
/// beside it (a macvlan of somebody else) does not hear that, and is not heard.
class HostLans final : public Lans {
 public:
  explicit HostLans(Offload& offload) : offload_(offload) {}

  Async<std::string> place_of(model::NodeNetwork network) override;
  Async<std::shared_ptr<LanQuestion>> begin(model::NodeNetwork network,
                                            std::vector<netns::IpAddress> addresses,
                                            std::vector<netns::IpAddress> besides) override;

 private:
  Offload& offload_;
};

}  // namespace berth::networks
