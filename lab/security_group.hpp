// security_group.hpp - a security group as the lab keeps it, shows it and tells it; pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "controlplane/protocol/berth_network.hpp"

namespace berth::lab {

/// One range or group that a security group lets through. source: EC2 API, SecurityGroupRule.
struct Rule {
  std::string id;        ///< "sgr-..."
  std::string protocol;  ///< "tcp", "udp", "icmp", "icmpv6", another number, "-1"
  std::int64_t from_port = -1;
  std::int64_t to_port = -1;
  std::string cidr;      ///< of either family; "" when it names a group
  std::string group_id;  ///< "" when it names a range
  std::string description;

  /// The same thing is let through, whatever it is called.
  bool same_as(const Rule& other) const;
};

/// The record of a security group.
struct SecurityGroup {
  std::string id;  ///< "sg-..."
  std::string name;
  std::string description;
  std::vector<Rule> ingress;
  std::vector<Rule> egress;
  std::int64_t version = 1;   ///< one more with each change of rules or members
  Json tags = Json::array();  ///< {"key", "value"}

  /// One of its rules names that group.
  bool names(const std::string& group_id) const;
};

/// A rule with which a group lets everything to or from a range through.
Rule everything(std::string id, std::string cidr);

/// As an agent is told of it. members: addresses.
protocol::SecurityGroup told(const SecurityGroup& group, std::vector<std::string> members);

Json to_record(const SecurityGroup& group);
/// fails:  Broken (not written by to_record).
Result<SecurityGroup> group_from_record(const Json& record);

}  // namespace berth::lab
