// parts.hpp - structures that several messages carry: network interfaces, role credentials.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/protocol/berth_network.hpp"
#include "controlplane/protocol/codec.hpp"

namespace berth::protocol {

/// source: ECS, elasticNetworkInterfaces[].ipv4Addresses[] ("privateAddress") and
/// ipv6Addresses[] ("address").
struct InterfaceAddress {
  bool primary = false;
  std::string address;  ///< without prefix length
  bool operator==(const InterfaceAddress&) const = default;
};

/// source: ECS, elasticNetworkInterfaces[].interfaceVlanProperties.
struct VlanProperties {
  std::string vlan_id;
  std::string trunk_mac;  ///< "trunkInterfaceMacAddress"
  bool operator==(const VlanProperties&) const = default;
};

/// source: ECS, elasticNetworkInterfaces[] of PayloadMessage and Attach...NetworkInterfacesMessage.
struct ElasticNetworkInterface {
  std::string attachment_arn;
  std::string ec2_id;  ///< "eni-..."; required
  std::string mac;     ///< "macAddress"; required
  std::int64_t index = 0;
  std::string association_protocol;    ///< "interfaceAssociationProtocol"; "" is "default"
  std::optional<VlanProperties> vlan;  ///< required for "vlan"
  std::vector<InterfaceAddress> ipv4;
  std::vector<InterfaceAddress> ipv6;
  std::vector<std::string> domain_name;  ///< search domains
  std::vector<std::string> domain_name_servers;
  std::string private_dns_name;
  std::string gateway_ipv4;             ///< "subnetGatewayIpv4Address": "10.0.1.1/24"
  std::string gateway_ipv6;             ///< "subnetGatewayIpv6Address"
  std::string name;                     ///< device name; "" on EC2
  std::optional<BerthInterface> berth;  ///< of berth-lab only
  bool operator==(const ElasticNetworkInterface&) const = default;
};

Json encode(const ElasticNetworkInterface& eni);
/// Reads and checks one: ids there, protocol `default` or `vlan`, at least one IPv4 address with
/// its gateway "a.b.c.d/len", or only IPv6 addresses with theirs. With both families Amazon ECS
/// leaves the IPv6 gateway to router advertisements and names none; one that is named is checked.
template <>
Result<ElasticNetworkInterface> decode(const Json& value);

/// Keys of a role, for a task or for the agent on its behalf. Never logged, never written to disk.
/// source: ECS, roleCredentials.
struct RoleCredentials {
  std::string credentials_id;  ///< required; stable over rotations
  std::string role_arn;
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  std::string expiration;        ///< "2026-11-21T08:59:43Z"; kept as written
  std::string credential_scope;  ///< usually absent
  bool operator==(const RoleCredentials&) const = default;
};

Json encode(const RoleCredentials& credentials);
template <>
Result<RoleCredentials> decode(const Json& value);

/// A resource attached to a task, such as an EBS volume. source: ECS, attachments[] of a task.
struct ResourceAttachment {
  std::string arn;   ///< "attachmentArn"
  std::string type;  ///< "attachmentType": amazonebs, s3files, serviceconnectdetail
  std::vector<std::pair<std::string, std::string>> properties;  ///< name, value
  bool operator==(const ResourceAttachment&) const = default;
};

Json encode(const ResourceAttachment& attachment);
template <>
Result<ResourceAttachment> decode(const Json& value);

struct Tag {
  std::string key;
  std::string value;
  bool operator==(const Tag&) const = default;
};

Json encode(const Tag& tag);
template <>
Result<Tag> decode(const Json& value);

}  // namespace berth::protocol
