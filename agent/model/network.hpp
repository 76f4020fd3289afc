// network.hpp - how a task is connected: its mode, its interface, its groups and its ports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::model {

/// source: ECS, networkMode.
enum class NetworkMode : std::uint8_t {
  Awsvpc,  ///< one interface for the task, as the control plane describes it
  Bridge,  ///< one interface for each container, of the node's own subnet
  Host,
  None,
};

constexpr std::string_view name_of(NetworkMode mode) {
  switch (mode) {
    case NetworkMode::Awsvpc: return "awsvpc";
    case NetworkMode::Bridge: return "bridge";
    case NetworkMode::Host: return "host";
    case NetworkMode::None: return "none";
  }
  return "none";
}

/// source: berth's own member of an interface, docs/formats/berth-network.md.
struct SecurityGroupRule {
  std::string protocol;  ///< "tcp", "udp", "icmp", "icmpv6", a number, "-1" for all
  int from_port = -1;    ///< ICMP: the type; -1 is any
  int to_port = -1;      ///< ICMP: the code; -1 is any
  std::vector<std::string> cidrs;
  std::vector<std::string> group_ids;
  bool operator==(const SecurityGroupRule&) const = default;
};

struct SecurityGroup {
  std::string id;
  std::int64_t version = 0;  ///< grows with each change
  std::vector<SecurityGroupRule> ingress;
  std::vector<SecurityGroupRule> egress;
  std::vector<std::string> members;  ///< addresses of both families
  bool operator==(const SecurityGroup&) const = default;
};

/// Where the tasks of another node are.
struct NodeRoute {
  std::string destination;  ///< "10.213.2.0/24"
  std::string via;          ///< the node's address
  bool operator==(const NodeRoute&) const = default;
};

/// What berth-lab told this node of the network last; nothing under Amazon ECS.
struct ClusterNetwork {
  std::string instance_arn;   ///< of this node, whom it was told
  std::int64_t version = -1;  ///< grows
  std::vector<SecurityGroup> groups;
  std::vector<NodeRoute> routes;
  bool operator==(const ClusterNetwork&) const = default;
};

/// The elastic network interface of an awsvpc task. At least one of the two addresses is there.
/// source: elasticNetworkInterfaces[] of PayloadMessage and AttachTaskNetworkInterfacesMessage.
struct Eni {
  std::string id;  ///< "ec2Id", "eni-..."
  std::string attachment_arn;
  std::string mac;             ///< "02:11:22:33:44:55"
  std::string ipv4;            ///< "10.213.1.7"; may be empty
  int prefix_length = 0;       ///< of the IPv4 subnet
  std::string gateway;         ///< "10.213.1.1"; set with ipv4
  std::string ipv6;            ///< may be empty
  int ipv6_prefix_length = 0;  ///< of the IPv6 subnet
  std::vector<std::string> dns_servers;
  std::vector<std::string> search_domains;
  std::string private_dns_name;              ///< the task's hostname; may be empty
  std::vector<std::string> security_groups;  ///< ids; none: nothing is filtered
  std::vector<SecurityGroup> groups;         ///< those, and those they refer to, when it was given
  std::string ipv6_gateway = {};             ///< may be empty: routers announce it
  std::string trunk_mac = {};  ///< of the device whose VLAN it is; "" when it is none of a trunk
  int vlan_id = 0;             ///< set with trunk_mac, 1 to 4094
  /// The network of a file whose interface it is. Empty: the control plane described it; for a task
  /// of a file that has none yet: the node's only one.
  std::string network = {};
  bool operator==(const Eni&) const = default;
};

/// How the interface of an awsvpc task is made on this node. source: BERTH_ENI_DRIVER and its kin.
struct EniAccess {
  std::string driver = "bridge";  ///< "bridge", "lan-routed", "macvlan", "vlan", "hotplug", "cni"
  std::string parent;        ///< device of the host, or its MAC; "": the one of the default route
  int vlan_id = 0;           ///< of driver vlan
  std::string network = {};  ///< of driver cni: its name
  bool operator==(const EniAccess&) const = default;

  /// Plugins of a CNI network make the interface, and give it its addresses.
  bool is_of_plugins() const { return driver == "cni"; }

  /// Its device on the LAN is in a namespace of its own, between the task and the LAN.
  bool has_gateway() const {
    return driver == "macvlan" || driver == "vlan" || driver == "hotplug";
  }

  /// Its addresses are a LAN's, which others may use as well.
  bool is_on_a_lan() const { return has_gateway() || driver == "lan-routed"; }
};

/// Limits of each interface of a task, in bits per second; nullopt is none.
/// source: dockerLabels "berth.bandwidth.ingress" and "berth.bandwidth.egress" of its containers.
struct Bandwidth {
  std::optional<std::uint64_t> ingress;  ///< of what reaches the task
  std::optional<std::uint64_t> egress;   ///< of what it sends
  bool operator==(const Bandwidth&) const = default;
};

/// What of a task's TCP passes its proxy, a process of the task itself: the one that runs as the
/// ignored user or group. source: ECS, proxyConfiguration of type APPMESH.
struct Proxy {
  std::optional<std::uint32_t> ignored_uid;  ///< one of the two at least is there
  std::optional<std::uint32_t> ignored_gid;
  int ingress_port = 0;        ///< where what comes for app_ports goes; 0 is nowhere
  std::vector<int> app_ports;  ///< none without ingress_port
  int egress_port = 0;         ///< where what others than the ignored send goes
  std::vector<int> egress_ignored_ports;
  std::vector<std::string> egress_ignored_blocks;  ///< addresses and blocks of both families
  bool operator==(const Proxy&) const = default;
};

/// A port of the host that the container takes for itself.
struct HostPort {
  int port = 0;
  std::string protocol = "tcp";  ///< "tcp" or "udp"
  bool operator==(const HostPort&) const = default;
};

/// Ports of a container to be reached through the host. Only with mode bridge.
struct PortMapping {
  int container_port = 0;
  int last_container_port = 0;   ///< of a range; container_port when it is one port
  int host_port = 0;             ///< 0: the node chooses; always so for a range
  std::string protocol = "tcp";  ///< "tcp" or "udp"
  bool operator==(const PortMapping&) const = default;
};

/// Which ports of the host a mapping has got. source: ECS, NetworkBinding.
struct PortBinding {
  int container_port = 0;
  int last_container_port = 0;
  int host_port = 0;
  int last_host_port = 0;
  std::string protocol = "tcp";
  bool operator==(const PortBinding&) const = default;
};

/// Addresses of the node's own subnet that a container has; empty when there was none left.
struct NodeAddress {
  std::string ipv4;          ///< "10.88.0.7"
  std::string ipv4_gateway;  ///< "10.88.0.1"
  std::string ipv6;          ///< unique local
  bool operator==(const NodeAddress&) const = default;

  /// By which one is told from the others of its pool.
  const std::string& key() const { return ipv4.empty() ? ipv6 : ipv4; }
};

}  // namespace berth::model
