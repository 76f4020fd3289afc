// berth_network.hpp - security groups and routes as berth-lab tells them; no words of Amazon ECS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/protocol/codec.hpp"

namespace berth::protocol {

/// One thing that a security group lets through. source: EC2 API, IpPermission, with its ranges
/// in one list.
struct SecurityGroupRule {
  std::string protocol;            ///< "tcp", "udp", "icmp", "icmpv6", another number, or "-1": all
  std::int64_t from_port = -1;     ///< tcp, udp: 0 to 65535; icmp: the type, -1 is any; others: -1
  std::int64_t to_port = -1;       ///< tcp, udp: not below from_port; icmp: the code, -1 is any
  std::vector<std::string> cidrs;  ///< "10.0.0.0/8", "::/0"
  std::vector<std::string> group_ids;  ///< the members of these
  bool operator==(const SecurityGroupRule&) const = default;
};

/// A security group and who is in it, on whatever node.
struct SecurityGroup {
  std::string group_id;      ///< "sg-..."; required
  std::int64_t version = 0;  ///< grows with each change of rules or members
  std::vector<SecurityGroupRule> ingress;
  std::vector<SecurityGroupRule> egress;
  std::vector<std::string> members;  ///< addresses, without prefix length, of both families
  bool operator==(const SecurityGroup&) const = default;
};

/// Member "berth" of an elastic network interface.
struct BerthInterface {
  std::string subnet_id;  ///< "subnet-..."; required
  std::vector<std::string> security_group_ids;
  /// Every group of security_group_ids, and those that their rules name.
  std::vector<SecurityGroup> security_groups;
  bool operator==(const BerthInterface&) const = default;
};

/// Where the tasks of another node are.
struct NetworkRoute {
  std::string destination;  ///< "10.213.2.0/24"
  std::string via;          ///< the node's address, of the same family
  bool operator==(const NetworkRoute&) const = default;
};

/// Everything one node is to know of the network; takes the place of all that was told before.
/// Answered by an AckRequest.
struct BerthNetworkMessage {
  static constexpr std::string_view kType = "BerthNetworkMessage";
  std::string message_id;              ///< required
  std::string cluster_arn;             ///< required
  std::string container_instance_arn;  ///< required
  std::int64_t generated_at_ms = 0;
  std::int64_t version = 0;  ///< grows, over restarts of the control plane, too; > 0
  /// Every group that live tasks of the node have, and those that their rules name.
  std::vector<SecurityGroup> security_groups;
  std::vector<NetworkRoute> routes;  ///< to the blocks of the other nodes
  bool operator==(const BerthNetworkMessage&) const = default;
};

Json encode(const SecurityGroup& group);
Json encode(const BerthInterface& interface);
Json encode(const BerthNetworkMessage& message);
/// Reads and checks one: ids there, protocols and ports as above, prefixes and addresses that can
/// be read. Host bits of a prefix are left as they are.
template <>
Result<SecurityGroup> decode(const Json& value);
/// The same, and each of securityGroupIds is among securityGroups.
template <>
Result<BerthInterface> decode(const Json& value);
/// The same; no group is there twice.
template <>
Result<BerthNetworkMessage> decode(const Json& value);

}  // namespace berth::protocol
