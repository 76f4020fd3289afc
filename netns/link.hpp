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
  std::string kind;       ///< "bridge", "veth", ...; "" for plain devices such as lo
  std::string alias;      ///< free text; berth writes there whose device it is
  MacAddress mac = {};    ///< zero for devices without one
  std::uint32_t mtu = 0;  ///< bytes
  /// A veth's other end, or what a macvlan or vlan stands on: an index in that one's namespace.
  std::uint32_t peer_link = 0;
  /// The number by which this namespace knows that one; nullopt: it is this one, or there is none.
  std::optional<std::int32_t> peer_netns = {};
  std::uint32_t master = 0;  ///< index of the bridge, bond, ... it is a port of; 0: of none
  bool is_up = false;        ///< somebody set it up
  bool is_running = false;   ///< and it can carry packets
  std::uint32_t carrier_changes = 0;  ///< how often it was cut off and connected

  bool operator==(const Link&) const = default;
};

/// fails: NotFound (no such device in the socket's namespace).
Result<Link> find_link(Netlink& netlink, const std::string& name);
Result<Link> find_link(Netlink& netlink, std::uint32_t index);
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

/// A device that stands on one here and is born inside another namespace, down.
struct LanDevice {
  std::string name = {};
  std::uint32_t parent = 0;  ///< index here
  MacAddress mac = {};
  int netns = -1;  ///< descriptor of the other namespace
};

/// In mode bridge: it reaches the others on its parent. source: linux/if_link.h, IFLA_MACVLAN_MODE.
/// fails: Exists, Invalid (EOPNOTSUPP: the kernel has none; EBUSY: the parent is taken).
Request macvlan_request(const LanDevice& device);
/// fails: besides, Exists when the parent has that VLAN, in whichever namespace.
Request vlan_request(const LanDevice& device, std::uint16_t id);

/// Puts a device into another namespace, down, without addresses, and names it there; "%d" in the
/// name is the first free number. fails: Exists (the name is taken; it may have gone all the same).
Request move_request(const Link& link, const std::string& name, int netns);

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
