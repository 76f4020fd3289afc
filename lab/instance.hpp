// instance.hpp - a container instance as the lab knows it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "controlplane/protocol/instance.hpp"

namespace berth::lab {

/// Agents tell of GPUs as platformDevices; the service shows them as a resource.
inline constexpr std::string_view kGpuResource = "GPU";

/// What an instance has, or has left.
struct Capacity {
  std::int64_t cpu = 0;  ///< CPU units
  std::int64_t memory_mib = 0;
  std::set<std::string> tcp_ports;  ///< taken, not free; so the service counts them
  std::set<std::string> udp_ports;
  std::vector<std::string> gpus;  ///< ids; free, not taken
};

/// The record of a container instance.
struct Instance {
  std::string arn;
  std::string id;
  std::string cluster;            ///< name
  std::string status = "ACTIVE";  ///< ACTIVE, DRAINING, INACTIVE
  std::int64_t version = 1;
  std::map<std::string, std::uint32_t> blocks;  ///< by id of a subnet: its block of it
  std::string address;        ///< where its last session came from; "" before the first
  std::string lab_address;    ///< the lab's own end of it
  bool network_told = false;  ///< its agent may know groups or routes
  std::string client_token;
  std::vector<protocol::Attribute> attributes;         ///< as registered, and the service's own
  std::vector<protocol::Attribute> custom_attributes;  ///< PutAttributes, ECS_INSTANCE_ATTRIBUTES
  std::vector<protocol::Resource> resources;           ///< registeredResources
  std::string agent_version, agent_hash, docker_version;  ///< from the session's address
  WallTime registered_at{};
  Json tags = Json::array();
  std::int64_t seq_num = 0;  ///< of the last message sent to it

  Capacity capacity() const;
  /// Value of an attribute, "" for a name-only one; nullopt when it has none of that name.
  std::optional<std::string> attribute(std::string_view name) const;
  /// Sets an attribute in `custom_attributes`.
  void put_attribute(const protocol::Attribute& attribute);
};

/// What DescribeContainerInstances shows beside the record.
struct InstanceUse {
  Capacity remaining;
  std::int64_t running = 0;
  std::int64_t pending = 0;
  bool connected = false;
};

/// source: ECS API, ContainerInstance; without tags.
Json describe(const Instance& instance, const InstanceUse& use);

/// The registered resources with the remaining amounts in them.
std::vector<protocol::Resource> with_amounts(const std::vector<protocol::Resource>& registered,
                                             const Capacity& amounts);

Json to_record(const Instance& instance);
/// fails:  Broken (not written by to_record).
Result<Instance> instance_from_record(const Json& record);

}  // namespace berth::lab
