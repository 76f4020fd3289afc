// spec.hpp - what a network namespace should hold; plain values, no kernel.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace berth::netns {

/// An Ethernet address.
struct MacAddress {
  std::array<std::uint8_t, 6> octets{};
  auto operator<=>(const MacAddress&) const = default;
};

/// An IPv4 or IPv6 address; IPv4 uses the first four octets.
struct IpAddress {
  std::array<std::uint8_t, 16> octets{};
  bool is_v6 = false;
  auto operator<=>(const IpAddress&) const = default;
};

/// An address with the length of its subnet's prefix, "10.213.1.5/24".
struct IpInterface {
  IpAddress address;
  std::uint8_t prefix_bits = 0;
  auto operator<=>(const IpInterface&) const = default;
};

/// fails: Invalid, naming the text, for all three.
Result<MacAddress> parse_mac(std::string_view text);  ///< six hex pairs with colons; unicast only
Result<IpAddress> parse_ip(std::string_view text);
Result<IpInterface> parse_ip_interface(std::string_view text);

std::string text_of(const MacAddress& mac);  ///< lower case
std::string text_of(const IpAddress& address);
std::string text_of(const IpInterface& interface);

/// The 32 bits of an IPv4 address as a number, and back.
std::uint32_t number_of(const IpAddress& ipv4);
IpAddress ipv4_of(std::uint32_t number);

/// The last 32 bits of an IPv6 address as a number; the address without them, and with others.
std::uint32_t tail_of(const IpAddress& ipv6);
IpAddress head_of(const IpAddress& ipv6);
IpAddress with_tail(IpAddress ipv6, std::uint32_t tail);

/// True of IPv6 addresses that mean something on one link alone, fe80::/10.
bool is_of_a_link(const IpAddress& address);

/// An address and no other: a prefix of all its bits.
IpInterface single(const IpAddress& address);

/// The subnet an interface stands in: its host bits zero, "10.213.1.5/24" gives "10.213.1.0/24".
IpInterface subnet_of(IpInterface interface);

/// A namespace with a loopback device and nothing else. ECS networkMode `none`.
struct NoNetwork {
  bool operator==(const NoNetwork&) const = default;
};

/// No namespace at all: the host's. ECS networkMode `host`.
struct HostNetwork {
  bool operator==(const HostNetwork&) const = default;
};

/// Bits per second that may be asked for, of whole Ethernet frames.
inline constexpr std::uint64_t kLeastBandwidth = 1'000;
inline constexpr std::uint64_t kMostBandwidth = 100'000'000'000;

/// How much may pass an interface, in bits per second; nullopt is what the host can carry.
struct Bandwidth {
  std::optional<std::uint64_t> ingress;  ///< of what it receives
  std::optional<std::uint64_t> egress;   ///< of what it sends
  bool operator==(const Bandwidth&) const = default;
};

// How an interface reaches the world.

/// Through the host, which routes and translates. The driver called bridge.
struct HostRouted {
  bool operator==(const HostRouted&) const = default;
};

/// Through the host, which answers for the address on the LAN of a device of its own.
struct LanRouted {
  std::string parent;  ///< name of a device of the host; "" is the one of the default route
  bool operator==(const LanRouted&) const = default;
};

/// By a device of its own on the LAN of the parent.
struct Macvlan {
  std::string parent;  ///< as above
  bool operator==(const Macvlan&) const = default;
};

/// By a device of its own in a VLAN of the parent.
struct Vlan {
  std::string parent;    ///< as above, or the device's MAC address
  std::uint16_t id = 0;  ///< 1 to 4094
  bool operator==(const Vlan&) const = default;
};

/// By a device that the host has: the one with the interface's MAC address.
struct Nic {
  bool operator==(const Nic&) const = default;
};

/// Through the host, to one of its IPv4 addresses and no further: what else the network reaches is
/// by interfaces that others make.
struct HostOnly {
  IpAddress to;
  bool operator==(const HostOnly&) const = default;
};

using Access = std::variant<HostRouted, LanRouted, Macvlan, Vlan, Nic, HostOnly>;

/// True where the interface's addresses are a LAN's, which others may use as well.
bool is_on_a_lan(const Access& access);

/// True where the interface's device is the LAN's: it then stands in a namespace between the
/// network and the LAN, the gateway.
bool has_gateway(const Access& access);
/// What that one is called.
std::string gateway_name(const std::string& network);
/// Whose gateway is called so; the name itself when it is a network's.
std::string network_of_gateway(const std::string& name);

/// A way by IPv4 to one address of the host alone, for an interface that has none.
struct Leg {
  IpAddress address = {};  ///< of the interface, link-local
  IpAddress gateway = {};  ///< stands for the host there; nobody's
  IpAddress to = {};
  bool operator==(const Leg&) const = default;
};

/// A namespace with one interface of its own, with an address of either family or of both. ECS
/// networkMode `awsvpc`, the task's ENI; or `bridge`, a container's own.
struct OwnInterface {
  std::string name = "eth0";              ///< device name inside, 1 to 15 characters
  MacAddress mac;                         ///< ENI macAddress
  std::optional<IpInterface> ipv4;        ///< ENI privateAddress, prefix of its gateway
  std::optional<IpAddress> ipv4_gateway;  ///< ENI subnetGatewayIpv4Address without prefix
  std::optional<IpInterface> ipv6;
  std::optional<IpAddress> ipv6_gateway;  ///< nullopt: as the LAN's routers announce it
  Access access;                          ///< how it reaches the world
  /// On a LAN only. False: it is made so far, but neither the LAN nor the host hears of its
  /// addresses yet, so that somebody else who has them is not disturbed.
  bool is_announced = true;
  std::optional<Leg> leg;                   ///< only without ipv4
  std::uint32_t mtu = 0;                    ///< bytes; 0 is what the host's uplink has
  bool is_reached_from_loopback = false;    ///< its published ports are on 127.0.0.1, too
  std::vector<std::string> dns_servers;     ///< ENI domainNameServers; none means the host's
  std::vector<std::string> search_domains;  ///< ENI domainName
  std::string hostname;                     ///< ENI privateDnsName
  Bandwidth bandwidth;

  bool operator==(const OwnInterface&) const = default;
};

using Endpoint = std::variant<NoNetwork, HostNetwork, OwnInterface>;

/// A line of /etc/hosts.
struct HostAlias {
  std::string address;
  std::string name;
  bool operator==(const HostAlias&) const = default;
};

/// One line for people: "host", "none", "eth0 10.213.1.5/24 0a:..".
std::string text_of(const Endpoint& endpoint);

}  // namespace berth::netns
