// registration.cpp - capabilities, resources and the request that carries them.
#include "agent/node/registration.hpp"

#include <algorithm>

namespace berth::node {

namespace {

using protocol::Attribute;

constexpr const char* kLegacy = "com.amazonaws.ecs.capability.";
constexpr const char* kCapability = "ecs.capability.";

std::vector<std::string> texts(const std::vector<std::uint16_t>& ports) {
  std::vector<std::string> names;
  for (const std::uint16_t port : ports) names.push_back(std::to_string(port));
  return names;
}

/// "debian_12", as the ECS agent's init program makes it.
std::string os_detail(const Offer& offer, const model::NodeFacts& facts) {
  if (!offer.os_family_detailed.empty()) return offer.os_family_detailed;
  if (facts.os_id.empty()) return "LINUX";
  return facts.os_version_id.empty() ? facts.os_id : facts.os_id + "_" + facts.os_version_id;
}

/// Collects attributes in the order they are sent.
class Attributes {
 public:
  void legacy(const std::string& name) { add(kLegacy + name); }
  void capability(const std::string& name) { add(kCapability + name); }
  void valued(const std::string& name, const std::string& value) {
    Attribute attribute;
    attribute.name = name;
    attribute.value = value;
    all_.push_back(std::move(attribute));
  }
  std::vector<Attribute> take() { return std::move(all_); }

 private:
  void add(std::string name) {
    Attribute attribute;
    attribute.name = std::move(name);
    all_.push_back(std::move(attribute));
  }

  std::vector<Attribute> all_;
};

}  // namespace

bool can_limit_tasks(const model::NodeFacts& facts) {
  const auto& controllers = facts.cgroups.controllers;
  return std::find(controllers.begin(), controllers.end(), "cpu") != controllers.end() &&
         std::find(controllers.begin(), controllers.end(), "memory") != controllers.end();
}

std::vector<Attribute> attributes_for(const Offer& offer, const model::NodeFacts& facts) {
  Attributes all;
  if (offer.privileged) all.legacy("privileged-container");
  // Placement asks for versions of the Docker API where it means features of containers.
  for (const char* version : {"1.17", "1.18", "1.19", "1.20", "1.21", "1.22", "1.23", "1.24",
                              "1.25", "1.28", "1.29", "1.30", "1.32"}) {
    all.legacy(std::string("docker-remote-api.") + version);
  }
  // awslogs is placed here because its output goes to the spool, with a warning for the task.
  for (const char* driver : {"json-file", "none", "awslogs"}) {
    all.legacy(std::string("logging-driver.") + driver);
  }
  all.capability("container-health-check");
  all.capability("container-ordering");
  all.capability("container-restart-policy");
  if (offer.task_limits && can_limit_tasks(facts)) {
    all.capability("task-cpu-mem-limit");
    all.capability("increased-task-cpu-limit");
  }
  if (offer.external) {
    all.capability("external");
  } else if (offer.task_eni) {
    all.capability("task-eni");
    all.capability("aws-appmesh");
    if (facts.ec2) {
      all.valued("ecs.vpc-id", facts.ec2->vpc_id);
      all.valued("ecs.subnet-id", facts.ec2->subnet_id);
    }
    // For placement, and for a lab that knows the word. The usual one is not worth one.
    if (offer.eni_driver != "bridge") all.valued("berth.eni-driver", offer.eni_driver);
  }
  if (!facts.gpus.driver_version.empty()) {
    all.capability("nvidia-driver-version." + facts.gpus.driver_version);
    all.valued(std::string(kCapability) + "gpu-driver-version", facts.gpus.driver_version);
  }
  all.valued("ecs.os-type", "linux");
  all.valued("ecs.os-family", "LINUX");
  all.valued("ecs.os-type-detailed", os_detail(offer, facts));
  // On EC2 the service knows it from the identity document.
  if (offer.external) all.valued("ecs.cpu-architecture", facts.architecture);
  return all.take();
}

Result<std::vector<protocol::Resource>> resources_for(const Offer& offer,
                                                      const model::NodeFacts& facts) {
  if (offer.reserved_memory_mib > facts.memory.count) {
    return Error{Errc::Invalid, 0,
                 "ECS_RESERVED_MEMORY of " + std::to_string(offer.reserved_memory_mib) +
                     " MiB is more than the " + std::to_string(facts.memory.count) +
                     " MiB of this machine"};
  }
  const std::uint64_t memory_mib = facts.memory.count - offer.reserved_memory_mib;
  return std::vector<protocol::Resource>{
      protocol::integer_resource("CPU", std::int64_t{facts.cpus} * 1024),
      protocol::integer_resource("MEMORY", static_cast<std::int64_t>(memory_mib)),
      protocol::string_set_resource("PORTS", texts(offer.reserved_ports)),
      protocol::string_set_resource("PORTS_UDP", texts(offer.reserved_ports_udp))};
}

Result<protocol::RegisterContainerInstanceRequest> registration_for(
    const Offer& offer, const model::NodeFacts& facts, const std::string& instance_arn,
    const std::string& client_token) {
  protocol::RegisterContainerInstanceRequest request;
  request.cluster = offer.cluster;
  request.container_instance_arn = instance_arn;
  request.client_token = client_token;
  request.attributes = attributes_for(offer, facts);
  if (instance_arn.empty()) {
    for (const auto& [name, value] : offer.custom_attributes) {
      Attribute attribute;
      attribute.name = name;
      attribute.value = value;
      request.attributes.push_back(std::move(attribute));
    }
  }
  if (facts.ec2) {
    request.instance_identity_document = facts.ec2->identity_document;
    request.instance_identity_document_signature = facts.ec2->identity_signature;
  }
  for (const auto& [key, value] : offer.tags) request.tags.push_back({key, value});
  for (const std::string& id : facts.gpus.ids) request.platform_devices.push_back({id, "GPU"});
  BERTH_TRY(request.total_resources, resources_for(offer, facts));
  return request;
}

Result<> check_echo(const std::vector<Attribute>& sent, const std::vector<Attribute>& echoed) {
  for (const Attribute& ours : sent) {
    const auto theirs = std::find_if(echoed.begin(), echoed.end(), [&](const Attribute& other) {
      return other.name == ours.name;
    });
    // No value and an empty one are the same to the service.
    const std::string wanted = ours.value.value_or("");
    if (theirs != echoed.end() && theirs->value.value_or("") == wanted) continue;
    const std::string got =
        theirs == echoed.end() ? "nothing" : "\"" + theirs->value.value_or("") + "\"";
    return Error{
        Errc::Invalid, 0,
        "attribute " + ours.name + " was sent as \"" + wanted + "\" and came back as " + got};
  }
  return ok();
}

}  // namespace berth::node
