// link.hpp - network devices: veth pairs, what there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "netns/netlink.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// A device as the kernel describes it. source: linux/if_link.h.
struct Link {
  std::uint32_t index = 0;
  std::string name = {};
  std::string kind;             ///< "bridge", "veth", ...; "" for plain devices such as lo
  std::string alias;            ///< free text; berth writes there whose device it is
  MacAddress mac = {};          ///< zero for devices without one
  std::uint32_t mtu = 0;        ///< bytes
  std::uint32_t peer_link = 0;  ///< a veth's other end, an index in the other end's namespace
  bool is_up = false;           ///< somebody set it up
  bool is_running = false;      ///< and it can carry packets

  bool operator==(const Link&) const = default;
};

/// fails: NotFound (no such device in the socket's namespace).
Result<Link> find_link(Netlink& netlink, const std::string& name);
Result<std::vector<Link>> list_links(Netlink& netlink);

/// The device with this hardware address; not one that has it of another, as a VLAN of it does.
/// fails: NotFound.
Result<Link> find_link_of(Netlink& netlink, const MacAddress& mac);

/// The hardware address in a link's attributes; nullopt for devices without one of six octets.
std::optional<MacAddress> mac_in(const Attributes& link);

/// What the host reaches the outside through can carry, in bytes; 1500 when it reaches nothing.
Result<std::uint32_t> uplink_mtu(Netlink& netlink);

/// The settings of a pair of devices, one end here and the other in another namespace.
struct VethPair {
  std::string name = {};  ///< the end here; 1 to 15 characters
  MacAddress mac = {};
  std::uint32_t mtu = 0;       ///< of both ends; 0 is the kernel's default
  std::string peer_name = {};  ///< the end there
  MacAddress peer_mac = {};
  int peer_netns = -1;  ///< descriptor of the other namespace
};

/// Makes the pair; the end here is up, the other is born inside its namespace
/// and down. source: linux/veth.h, VETH_INFO_PEER.
/// fails: Exists (either name is taken, each in its namespace).
Request veth_request(const VethPair& pair);

/// Removes a device, a veth with its other end. Blocks 16-20 ms for a veth (RCU).
/// again: yes; a missing device is a success.
Result<> delete_link(Netlink& netlink, const std::string& name);

/// Settings of an existing device; what is nullopt stays. again: yes.
struct LinkChange {
  std::string name = {};
  std::optional<MacAddress> mac = {};
  std::optional<std::uint32_t> mtu = {};
  std::optional<std::string> alias = {};  ///< at most 255 bytes
  /// Packets with an address of 127.0.0.0/8 may pass it: whoever sets this has others dropped.
  std::optional<bool> routes_loopback = {};
  /// Questions of ARP are not answered there, and those who ask are not remembered.
  std::optional<bool> ignores_arp = {};
  std::optional<bool> up = {};
};
Request link_change_request(const LinkChange& change);

}  // namespace berth::netns
