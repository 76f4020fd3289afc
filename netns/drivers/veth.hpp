// veth.hpp - a veth whose other end is the host; the host routes, the firewall room decides.
//
//      host                                   task
//      be0123456789ab  ------ veth ------  eth0
//      gateway/32, fe80::1/64               address/32, address/128
//      route address/32, /128 dev be..      default via gateway, via fe80::1
//
// There is no bridge: whatever a task sends is routed by the host, also to its neighbour, and comes
// from a device of its own by which it is known. Limits of bandwidth: shaping.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netns/drivers/driver.hpp"
#include "netns/link.hpp"

namespace berth::netns {

/// The name of the host's end of a veth: "be" and 12 hex digits; the first 12 of `name` when it is
/// a task id (32 hex digits, dashes beside), else of a hash over it. 14 characters of
/// the 15 the kernel takes. Two names share an end once in 2^48 pairs: attach() reads the owner
/// from the device's alias and refuses the second with Exists, it never takes over the first one's
/// device.
std::string host_end_name(const std::string& name);

/// The name of the ifb beside it: "bi" and the same digits.
std::string ifb_name(const std::string& name);

/// True for what those two name, of whatever network.
bool is_of_a_network(const std::string& device);

/// A locally administered address that is always the same for `seed`; `first` is its first octet,
/// such as 0x02.
MacAddress derived_mac(std::uint8_t first, const std::string& seed);

/// The MAC address of the host's end.
MacAddress host_end_mac(const std::string& name);

/// fails: Invalid (names the field): what no driver can make.
Result<> check_interface(const OwnInterface& own);

/// What the host's end is, besides the end of a veth.
struct OuterEnd {
  std::optional<IpAddress> ipv4 = {};    ///< its own address; nullopt: none of IPv4
  std::optional<IpAddress> source = {};  ///< the host's address towards the interface's IPv4
  bool is_led_to = true;                 ///< there are ways to the interface's addresses
};

class VethDriver final : public Driver {
 public:
  /// owner: the prefix of aliases, as Pins has it.
  explicit VethDriver(std::string owner, OpenNetlink open_host = open_netlink)
      : owner_(std::move(owner)), open_host_(std::move(open_host)) {}

  /// fails: besides, Invalid when the gateway is another machine's on a link of the host.
  ///
  /// Both ends know each other's hardware address from the start, so nobody asks for it, and
  /// nobody else can answer.
  Result<> attach(const std::string& name, const OwnInterface& own, Namespace& into) const override;
  /// The same with the host's end as told: the gateway is somebody else's address.
  Result<> attach(const std::string& name, const OwnInterface& own, Namespace& into,
                  const OuterEnd& outer) const;
  Result<> detach(const std::string& name) const override;
  Result<> drop(const std::string& name) const override;
  Result<std::vector<std::string>> attached() const override;
  Result<std::vector<std::string>> shaped() const override;

 private:
  Result<> attach_to(Netlink& host, const std::string& name, const OwnInterface& own,
                     Namespace& into, const OuterEnd& outer) const;
  std::string alias_of(const std::string& name) const { return owner_ + "--" + name; }
  Result<std::vector<std::string>> owners_of(const std::string& kind) const;

  std::string owner_;
  OpenNetlink open_host_;
};

}  // namespace berth::netns
