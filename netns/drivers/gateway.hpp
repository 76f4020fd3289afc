// gateway.hpp - a namespace between a network and the LAN, which holds the LAN's device.
//
//      host                    gateway (berth--<name>-gw)               task
//      be0123456789ab -- veth -- host
//      route 192.0.2.7 dev be..  route <host's addresses> dev host
//      eth0 (parent) - - - - - - lan, MAC of the task
//                                "192.0.2.7 is at that MAC"
//                                route 192.0.2.0/24 dev lan
//                                default via 192.0.2.1 dev lan
//                                be0123456789ab ------- veth ------- eth0, the same MAC
//                                route 192.0.2.7 dev be..            192.0.2.7/32
//
// The task is a host of the LAN, and yet nothing it does to its device reaches the LAN unfiltered:
// whatever it sends is routed by the gateway, whose rules and limits it cannot touch. A macvlan
// does not talk to the host it is on; the second veth is the way between the two.
#pragma once

#include <string>
#include <vector>

#include "netns/drivers/driver.hpp"
#include "netns/link.hpp"

namespace berth::netns {

/// Those of the host that somebody on a LAN could reach it by, sorted; a gateway leads to them.
Result<std::vector<IpAddress>> host_addresses(Netlink& host, bool is_v6);

/// What the host's end of a gateway's veth gets packets from.
MacAddress leg_mac(const std::string& name);

/// The part of AnyDriver that sees to gateways; each call as Driver has it.
class GatewayDriver {
 public:
  /// owner: the prefix of aliases, as Pins has it.
  GatewayDriver(std::string owner, Pins pins, OpenNetlink open_host = open_netlink)
      : owner_(std::move(owner)), pins_(std::move(pins)), open_host_(std::move(open_host)) {}

  /// again: yes; also when the host's addresses have changed.
  /// fails: besides, as ensure_lan_device().
  Result<> attach(const std::string& name, const OwnInterface& own, Namespace& into) const;
  /// Gives a lent device back first.
  Result<> detach(const std::string& name) const;
  Result<> drop(const std::string& name) const;
  /// False when a gateway is there, but not its device: the parent was taken away.
  bool is_on_lan(const std::string& name) const;

 private:
  std::string alias_of(const std::string& name) const { return owner_ + "--" + name; }
  Result<> connect_leg(Netlink& host, const std::string& name, std::uint32_t mtu,
                       Namespace& gateway) const;
  Result<> open_ways(Netlink& host, const std::string& name, const OwnInterface& own,
                     std::uint32_t lan, Namespace& gateway) const;

  std::string owner_;
  Pins pins_;
  OpenNetlink open_host_;
};

}  // namespace berth::netns
