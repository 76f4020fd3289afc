// registration.hpp - what this node tells the control plane about itself; pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/model/node_facts.hpp"
#include "base/result.hpp"
#include "controlplane/protocol/instance.hpp"

namespace berth::node {

/// What of the configuration a registration depends on. Made by the daemon.
struct Offer {
  std::string cluster;
  bool external = false;
  bool task_eni = true;
  std::string eni_driver = "bridge";  ///< BERTH_ENI_DRIVER
  bool privileged = true;
  bool task_limits = true;         ///< wanted by configuration; the node must have controllers too
  std::string os_family_detailed;  ///< "" is made from os-release
  std::uint64_t reserved_memory_mib = 0;
  std::vector<std::uint16_t> reserved_ports;
  std::vector<std::uint16_t> reserved_ports_udp;
  std::map<std::string, std::string> custom_attributes;  ///< first registration only
  std::map<std::string, std::string> tags;
};

/// The capabilities berth has today, and what the node is. A control plane places tasks by them, so
/// nothing is claimed that is not honoured.
/// source: ECS API reference, attributes of RegisterContainerInstance.
std::vector<protocol::Attribute> attributes_for(const Offer& offer, const model::NodeFacts& facts);

/// CPU, MEMORY, PORTS and PORTS_UDP.
/// fails:  Invalid (more memory is reserved than there is).
Result<std::vector<protocol::Resource>> resources_for(const Offer& offer,
                                                      const model::NodeFacts& facts);

/// The whole request. GPUs go beside the resources, as platformDevices.
///
/// instance_arn: of an earlier registration; "" is the first one, which alone carries the custom
///               attributes.
/// client_token: the same over the retries of one registration.
/// fails:        as resources_for.
Result<protocol::RegisterContainerInstanceRequest> registration_for(
    const Offer& offer, const model::NodeFacts& facts, const std::string& instance_arn,
    const std::string& client_token);

/// Checks that each attribute we sent came back with the same value. A service that changes them
/// has not understood us; no restart cures that. fails:  Invalid, naming the first attribute that
/// differs.
Result<> check_echo(const std::vector<protocol::Attribute>& sent,
                    const std::vector<protocol::Attribute>& echoed);

/// Task cgroups can be had: the node has the cpu and memory controllers.
bool can_limit_tasks(const model::NodeFacts& facts);

}  // namespace berth::node
