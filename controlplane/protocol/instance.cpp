// instance.cpp - registration and endpoint discovery, to JSON and back.
#include "controlplane/protocol/instance.hpp"

#include "controlplane/protocol/fields.hpp"
#include "controlplane/protocol/parts_read.hpp"

namespace berth::protocol {

namespace {

Result<Attribute> read_attribute(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  Attribute attribute{in.required("name"), in.maybe_text("value"), in.text("targetType"),
                      in.text("targetId")};
  return read_or_complaint(in, std::move(attribute));
}

Result<Resource> read_resource(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  Resource resource;
  resource.name = in.required("name");
  resource.type = in.text("type");
  resource.integer_value = in.maybe_integer("integerValue");
  resource.double_value = in.maybe_number("doubleValue");
  resource.long_value = in.maybe_integer("longValue");
  resource.string_set_value = in.maybe_texts("stringSetValue");
  return read_or_complaint(in, std::move(resource));
}

Result<PlatformDevice> read_platform_device(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  PlatformDevice device{in.text("id"), in.text("type")};
  return read_or_complaint(in, std::move(device));
}

Json platform_device_json(const PlatformDevice& device) {
  return Json{{"id", device.id}, {"type", device.type}};
}

Result<ContainerInstance> read_instance(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  ContainerInstance instance;
  instance.container_instance_arn = in.required("containerInstanceArn");
  instance.ec2_instance_id = in.text("ec2InstanceId");
  instance.status = in.text("status");
  instance.version = in.integer("version");
  instance.running_tasks_count = in.integer("runningTasksCount");
  instance.pending_tasks_count = in.integer("pendingTasksCount");
  instance.agent_connected = in.boolean("agentConnected");
  instance.attributes = in.list("attributes", read_attribute);
  instance.registered_resources = in.list("registeredResources", read_resource);
  instance.remaining_resources = in.list("remainingResources", read_resource);
  instance.registered_at = in.time("registeredAt");
  instance.tags = in.list("tags", read_tag);
  return read_or_complaint(in, std::move(instance));
}

}  // namespace

Resource integer_resource(std::string name, std::int64_t value) {
  Resource resource;
  resource.name = std::move(name);
  resource.type = "INTEGER";
  resource.integer_value = value;
  return resource;
}

Resource string_set_resource(std::string name, std::vector<std::string> values) {
  Resource resource;
  resource.name = std::move(name);
  resource.type = "STRINGSET";
  resource.string_set_value = std::move(values);
  return resource;
}

Json encode(const Attribute& attribute) {
  Json out{{"name", attribute.name}};
  put(out, "value", attribute.value);
  put(out, "targetType", attribute.target_type);
  put(out, "targetId", attribute.target_id);
  return out;
}
template <>
Result<Attribute> decode(const Json& value) {
  return read_attribute(value, "attribute");
}

Json encode(const Resource& resource) {
  Json out{{"name", resource.name}, {"type", resource.type}};
  put(out, "integerValue", resource.integer_value);
  put(out, "doubleValue", resource.double_value);
  put(out, "longValue", resource.long_value);
  put(out, "stringSetValue", resource.string_set_value);
  return out;
}
template <>
Result<Resource> decode(const Json& value) {
  return read_resource(value, "resource");
}

Json encode(const RegisterContainerInstanceRequest& request) {
  Json out{{"clientToken", request.client_token},
           {"attributes", list_json(request.attributes, encoded)},
           {"totalResources", list_json(request.total_resources, encoded)},
           {"instanceIdentityDocument", request.instance_identity_document},
           {"instanceIdentityDocumentSignature", request.instance_identity_document_signature}};
  put(out, "cluster", request.cluster);
  put(out, "containerInstanceArn", request.container_instance_arn);
  put_list(out, "tags", request.tags, encoded);
  put_list(out, "platformDevices", request.platform_devices, platform_device_json);
  return out;
}
template <>
Result<RegisterContainerInstanceRequest> decode(const Json& value) {
  Fields in(value, "RegisterContainerInstance");
  RegisterContainerInstanceRequest request;
  request.cluster = in.text("cluster");
  request.container_instance_arn = in.text("containerInstanceArn");
  request.client_token = in.text("clientToken");
  request.attributes = in.list("attributes", read_attribute);
  request.tags = in.list("tags", read_tag);
  request.platform_devices = in.list("platformDevices", read_platform_device);
  request.instance_identity_document = in.text("instanceIdentityDocument");
  request.instance_identity_document_signature = in.text("instanceIdentityDocumentSignature");
  request.total_resources = in.list("totalResources", read_resource);
  return read_or_complaint(in, std::move(request));
}

Json encode(const ContainerInstance& instance) {
  Json out{{"containerInstanceArn", instance.container_instance_arn},
           {"status", instance.status},
           {"version", instance.version},
           {"runningTasksCount", instance.running_tasks_count},
           {"pendingTasksCount", instance.pending_tasks_count},
           {"agentConnected", instance.agent_connected},
           {"attributes", list_json(instance.attributes, encoded)},
           {"registeredResources", list_json(instance.registered_resources, encoded)},
           {"remainingResources", list_json(instance.remaining_resources, encoded)},
           {"tags", list_json(instance.tags, encoded)}};
  put(out, "ec2InstanceId", instance.ec2_instance_id);
  put_time(out, "registeredAt", instance.registered_at);
  return out;
}
template <>
Result<ContainerInstance> decode(const Json& value) {
  return read_instance(value, "containerInstance");
}

Json encode(const RegisterContainerInstanceResponse& response) {
  return Json{{"containerInstance", encode(response.container_instance)}};
}
template <>
Result<RegisterContainerInstanceResponse> decode(const Json& value) {
  Fields in(value, "");
  RegisterContainerInstanceResponse response;
  auto instance = in.part("containerInstance", read_instance);
  if (!instance) in.complain("containerInstance", "is required");
  response.container_instance = std::move(instance).value_or(ContainerInstance{});
  return read_or_complaint(in, std::move(response));
}

Json encode(const DiscoverPollEndpointRequest& request) {
  Json out{{"containerInstance", request.container_instance}, {"zoneId", request.zone_id}};
  put(out, "cluster", request.cluster);
  return out;
}
template <>
Result<DiscoverPollEndpointRequest> decode(const Json& value) {
  Fields in(value, "DiscoverPollEndpoint");
  DiscoverPollEndpointRequest request{in.text("containerInstance"), in.text("cluster"),
                                      in.text("zoneId")};
  return read_or_complaint(in, std::move(request));
}

Json encode(const DiscoverPollEndpointResponse& response) {
  Json out = Json::object();
  put(out, "endpoint", response.endpoint);
  put(out, "telemetryEndpoint", response.telemetry_endpoint);
  put(out, "serviceConnectEndpoint", response.service_connect_endpoint);
  put(out, "systemLogsEndpoint", response.system_logs_endpoint);
  return out;
}
template <>
Result<DiscoverPollEndpointResponse> decode(const Json& value) {
  Fields in(value, "DiscoverPollEndpoint");
  DiscoverPollEndpointResponse response;
  response.endpoint = in.required("endpoint");
  response.telemetry_endpoint = in.required("telemetryEndpoint");
  response.service_connect_endpoint = in.text("serviceConnectEndpoint");
  response.system_logs_endpoint = in.text("systemLogsEndpoint");
  return read_or_complaint(in, std::move(response));
}

}  // namespace berth::protocol
