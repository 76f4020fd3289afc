// lan_routed.hpp - a veth to the host, and an address on a LAN that the host answers for.
//
//      LAN ---- eth0 (parent)   host      be0123456789ab  ---- veth ---- eth0   task
//               "192.0.2.7 is                                            192.0.2.7/32
//                at my MAC"     route 192.0.2.7 dev be..                 default via 192.0.2.1
//
// Only one MAC address is seen on the LAN, the host's, so it works on Wi-Fi and where a cloud drops
// all others. The LAN's router is the gateway inside, but every packet goes to the host first.
#pragma once

#include <string>
#include <vector>

#include "netns/drivers/driver.hpp"
#include "netns/drivers/veth.hpp"
#include "netns/forwarding.hpp"

namespace berth::netns {

/// What has to be set on the host, besides forwarding, for it to answer on the parent: NDP for
/// others at all, and both at once instead of after a random part of a second.
/// source: Linux, Documentation/networking/ip-sysctl.rst, "proxy_ndp"; arp(7), "proxy_delay".
Result<std::vector<Setting>> answering_settings(const Dir& proc_sys, const std::string& parent,
                                                bool with_v6);

/// The part of AnyDriver that has the host answer; each call as Driver has it.
class LanRoutedDriver {
 public:
  /// owner: the prefix of aliases, as Pins has it.
  explicit LanRoutedDriver(std::string owner, OpenNetlink open_host = open_netlink)
      : owner_(std::move(owner)), veth_(owner_, open_host), open_host_(std::move(open_host)) {}

  /// fails: besides, NotFound (no parent), Invalid (the parent is a port; the address is the
  /// host's).
  Result<> attach(const std::string& name, const OwnInterface& own, Namespace& into) const;
  Result<> detach(const std::string& name) const;
  Result<> drop(const std::string& name) const;

  /// An address the host answers for, and whose interface it is of; "" when it leads nowhere.
  struct Answer {
    IpAddress address;
    std::string name;
  };
  /// Those of this owner, and those that lead nowhere, whosever they were.
  Result<std::vector<Answer>> answers() const;
  /// again: yes.
  Result<> stop_answering(const IpAddress& address) const;

 private:
  std::string owner_;
  VethDriver veth_;
  OpenNetlink open_host_;
};

}  // namespace berth::netns
