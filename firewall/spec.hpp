// spec.hpp - what the firewall is to know of a network; plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::firewall {

/// What is allowed between a member of a group and others. source: EC2, IpPermission.
struct GroupRule {
  std::string protocol = "-1";  ///< "tcp", "udp", "icmp", "icmpv6", a number; "-1" is every one
  int from_port = -1;           ///< of the one that is asked; ICMP: the type, -1 is any
  int to_port = -1;             ///< inclusive; ICMP: the code, -1 is any
  std::vector<std::string> cidrs = {};      ///< of both families, "10.0.0.0/8", "::/0"
  std::vector<std::string> group_ids = {};  ///< their members
  bool operator==(const GroupRule&) const = default;
};

struct Group {
  std::string id = {};                    ///< "sg-0123456789abcdef0"
  std::int64_t version = 0;               ///< an older one never takes the place of a newer
  std::vector<GroupRule> ingress = {};    ///< allowed to a member; nothing else is
  std::vector<GroupRule> egress = {};     ///< allowed from a member
  std::vector<std::string> members = {};  ///< addresses of both families, everywhere
  bool operator==(const Group&) const = default;
};

/// A port of the host that is passed on to a network.
struct PublishedPort {
  std::string protocol = "tcp";  ///< "tcp" or "udp"
  std::uint16_t host_port = 0;
  std::uint16_t port = 0;  ///< of the network's addresses
  bool operator==(const PublishedPort&) const = default;
};

/// The host's end of a network, and what may pass it.
struct Device {
  std::string name = {};                    ///< of the host's end
  std::string mac = {};                     ///< of the other end; nothing else may send
  std::vector<std::string> addresses = {};  ///< of the other end; nothing else may send
  std::string leg = {};  ///< an address more, of IPv4, that may ask the agent and nobody else
  /// Addresses that the same network has behind devices of others: they pass although forwarding is
  /// ours, and nothing else is said of them.
  std::vector<std::string> beside = {};
  /// Host and network look for each other by neighbour discovery; without it both know for good.
  bool is_discovered = false;
  bool is_published_only = false;  ///< from outside of the host reached through its ports alone
  bool is_without_imds = false;    ///< reaches no instance metadata service
  bool is_known_outside = false;   ///< its addresses are the LAN's: none is translated
  /// Ids of its security groups; only what they allow passes. Absent: everything does.
  std::optional<std::vector<std::string>> groups = {};
  std::vector<PublishedPort> published = {};
  bool operator==(const Device&) const = default;
};

/// What of a network's TCP is led to a process inside of it, which runs as an ignored user or
/// group.
struct Redirection {
  std::optional<std::uint32_t> ignored_uid =
      {};  ///< of the processes that nothing is redirected of
  std::optional<std::uint32_t> ignored_gid = {};
  std::uint16_t ingress_port = 0;  ///< where what comes for ports_in goes; 0 is nowhere
  std::vector<std::uint16_t> ports_in = {};
  std::uint16_t egress_port = 0;                  ///< where everything else that is sent goes
  std::vector<std::uint16_t> ignored_ports = {};  ///< sent as it is: to these ports,
  std::vector<std::string> ignored_blocks = {};   ///< and to these addresses and blocks
  bool operator==(const Redirection&) const = default;
};

}  // namespace berth::firewall
