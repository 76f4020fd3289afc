// instance.cpp - a container instance as the lab knows it.
#include "lab/instance.hpp"

namespace berth::lab {

namespace {

std::set<std::string> as_set(const protocol::Resource& resource) {
  if (!resource.string_set_value) return {};
  return {resource.string_set_value->begin(), resource.string_set_value->end()};
}

Json encode_all(const std::vector<protocol::Resource>& resources) {
  Json list = Json::array();
  for (const auto& resource : resources) {
    Json one = protocol::encode(resource);
    // The service shows every number member, whatever the type.
    one.emplace("doubleValue", 0.0);
    one.emplace("longValue", 0);
    one.emplace("integerValue", 0);
    list.push_back(std::move(one));
  }
  return list;
}

Json encode_all(const std::vector<protocol::Attribute>& attributes) {
  Json list = Json::array();
  for (const auto& attribute : attributes) list.push_back(protocol::encode(attribute));
  return list;
}

template <class T>
Result<std::vector<T>> decode_all(const Json& list) {
  std::vector<T> values;
  for (const auto& one : list) {
    BERTH_TRY(T value, protocol::decode<T>(one));
    values.push_back(std::move(value));
  }
  return values;
}

Result<Instance> instance_from_whole(const Json& record) {
  Instance instance;
  instance.arn = record.at("arn");
  instance.id = record.at("id");
  instance.cluster = record.at("cluster");
  instance.status = record.at("status");
  instance.version = record.at("version");
  if (record.contains("block")) {
    // Written before there was more than one subnet.
    instance.blocks["subnet-lab"] = record.at("block");
  } else {
    instance.blocks = record.at("blocks");
    instance.address = record.at("address");
    instance.lab_address = record.at("labAddress");
    instance.network_told = record.at("networkTold");
  }
  instance.client_token = record.at("clientToken");
  instance.agent_version = record.at("agentVersion");
  instance.agent_hash = record.at("agentHash");
  instance.docker_version = record.at("dockerVersion");
  instance.registered_at = from_epoch_seconds(record.at("registeredAt"));
  instance.tags = record.at("tags");
  instance.seq_num = record.at("seqNum");
  BERTH_TRY(instance.attributes, decode_all<protocol::Attribute>(record.at("attributes")));
  BERTH_TRY(instance.custom_attributes, decode_all<protocol::Attribute>(record.at("custom")));
  BERTH_TRY(instance.resources, decode_all<protocol::Resource>(record.at("resources")));
  return instance;
}

}  // namespace

Capacity Instance::capacity() const {
  Capacity capacity;
  for (const auto& resource : resources) {
    if (resource.name == "CPU") capacity.cpu = resource.integer_value.value_or(0);
    if (resource.name == "MEMORY") capacity.memory_mib = resource.integer_value.value_or(0);
    if (resource.name == "PORTS") capacity.tcp_ports = as_set(resource);
    if (resource.name == kGpuResource) {
      capacity.gpus = resource.string_set_value.value_or(std::vector<std::string>());
    }
    if (resource.name == "PORTS_UDP") capacity.udp_ports = as_set(resource);
  }
  return capacity;
}

std::optional<std::string> Instance::attribute(std::string_view name) const {
  for (const auto* list : {&custom_attributes, &attributes}) {
    for (const auto& one : *list) {
      if (one.name == name) return one.value.value_or("");
    }
  }
  return std::nullopt;
}

void Instance::put_attribute(const protocol::Attribute& attribute) {
  std::erase_if(custom_attributes, [&](const auto& one) { return one.name == attribute.name; });
  custom_attributes.push_back({attribute.name, attribute.value, "", ""});
}

std::vector<protocol::Resource> with_amounts(const std::vector<protocol::Resource>& registered,
                                             const Capacity& amounts) {
  std::vector<protocol::Resource> shown = registered;
  for (auto& resource : shown) {
    if (resource.name == "CPU") resource.integer_value = amounts.cpu;
    if (resource.name == "MEMORY") resource.integer_value = amounts.memory_mib;
    if (resource.name == kGpuResource) resource.string_set_value = amounts.gpus;
    if (resource.name == "PORTS") {
      resource.string_set_value.emplace(amounts.tcp_ports.begin(), amounts.tcp_ports.end());
    }
    if (resource.name == "PORTS_UDP") {
      resource.string_set_value.emplace(amounts.udp_ports.begin(), amounts.udp_ports.end());
    }
  }
  return shown;
}

Json describe(const Instance& instance, const InstanceUse& use) {
  Json attributes = encode_all(instance.attributes);
  for (Json& custom : encode_all(instance.custom_attributes)) {
    attributes.push_back(std::move(custom));
  }
  Json version = Json::object();
  if (!instance.agent_version.empty()) version["agentVersion"] = instance.agent_version;
  if (!instance.agent_hash.empty()) version["agentHash"] = instance.agent_hash;
  if (!instance.docker_version.empty()) version["dockerVersion"] = instance.docker_version;
  return {{"containerInstanceArn", instance.arn},
          {"ec2InstanceId", instance.attribute("ecs.instance-id").value_or("")},
          {"version", instance.version},
          {"versionInfo", version},
          {"remainingResources", encode_all(with_amounts(instance.resources, use.remaining))},
          {"registeredResources", encode_all(instance.resources)},
          {"status", instance.status},
          {"agentConnected", use.connected},
          {"runningTasksCount", use.running},
          {"pendingTasksCount", use.pending},
          {"attributes", attributes},
          {"registeredAt", epoch_seconds(instance.registered_at)},
          {"attachments", Json::array()}};
}

Json to_record(const Instance& instance) {
  Json resources = Json::array();
  for (const auto& resource : instance.resources) resources.push_back(protocol::encode(resource));
  return {{"arn", instance.arn},
          {"id", instance.id},
          {"cluster", instance.cluster},
          {"status", instance.status},
          {"version", instance.version},
          {"blocks", instance.blocks},
          {"address", instance.address},
          {"labAddress", instance.lab_address},
          {"networkTold", instance.network_told},
          {"clientToken", instance.client_token},
          {"agentVersion", instance.agent_version},
          {"agentHash", instance.agent_hash},
          {"dockerVersion", instance.docker_version},
          {"registeredAt", epoch_seconds(instance.registered_at)},
          {"tags", instance.tags},
          {"seqNum", instance.seq_num},
          {"attributes", encode_all(instance.attributes)},
          {"custom", encode_all(instance.custom_attributes)},
          {"resources", resources}};
}

Result<Instance> instance_from_record(const Json& record) {
  // nlohmann's at() and get() throw on a record that this file did not write.
  try {
    return instance_from_whole(record);
  } catch (const Json::exception& error) {
    return Error{Errc::Broken, 0, "record of an instance: " + std::string(error.what())};
  }
}

}  // namespace berth::lab
