// any.hpp - one Driver for every way to reach the world: each interface says which it wants.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "netns/drivers/driver.hpp"
#include "netns/drivers/gateway.hpp"
#include "netns/drivers/lan_routed.hpp"
#include "netns/drivers/veth.hpp"
#include "netns/namespace.hpp"

namespace berth::netns {

/// Where on a LAN an interface's addresses are.
struct LanPlace {
  Namespace gateway = {};  ///< empty: on the host itself
  std::uint32_t link = 0;
  MacAddress mac = {};  ///< that the LAN knows them by
};

class AnyDriver final : public Driver {
 public:
  /// owner: the prefix of aliases, as Pins has it.
  AnyDriver(const std::string& owner, const Pins& pins, const OpenNetlink& open_host = open_netlink)
      : open_host_(open_host),
        pins_(pins),
        veth_(owner, open_host),
        lan_routed_(owner, open_host),
        gateway_(owner, pins, open_host) {}

  /// As the driver that OwnInterface::access names.
  Result<> attach(const std::string& name, const OwnInterface& own, Namespace& into) const override;
  // These look for what any of the drivers may have made.
  Result<> detach(const std::string& name) const override;
  Result<> drop(const std::string& name) const override;
  Result<std::vector<std::string>> attached() const override;
  Result<std::vector<std::string>> shaped() const override;

  /// Of an interface on a LAN that attach() has made, announced or not.
  /// fails: NotFound (no such device, now).
  Result<LanPlace> place_on_lan(const std::string& name, const OwnInterface& own) const;

  const LanRoutedDriver& lan_routed() const { return lan_routed_; }
  const GatewayDriver& gateway() const { return gateway_; }

 private:
  OpenNetlink open_host_;
  Pins pins_;
  VethDriver veth_;
  LanRoutedDriver lan_routed_;
  GatewayDriver gateway_;
};

/// Runs `work` where the place is: as run_inside(), or at once in the calling thread.
Result<> run_at(const LanPlace& place, const std::function<Result<>()>& work);

}  // namespace berth::netns
