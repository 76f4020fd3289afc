// task.cpp - a task as the lab knows it: how it is shown, and how it is kept.
#include "lab/task.hpp"

#include <algorithm>

namespace berth::lab {

namespace {

constexpr std::string_view kStatusNames[] = {"PROVISIONING", "PENDING", "RUNNING", "DEPROVISIONING",
                                             "STOPPED"};

/// Sets a member only when there is something to say.
void put(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}
void put(Json& object, const char* name, const std::optional<std::string>& text) {
  if (text) object[name] = *text;
}
void put(Json& object, const char* name, const std::optional<WallTime>& time) {
  if (time) object[name] = epoch_seconds(*time);
}

Json describe(const protocol::NetworkBinding& binding) {
  Json shown = Json::object();
  put(shown, "bindIP", binding.bind_ip);
  if (binding.container_port != 0) shown["containerPort"] = binding.container_port;
  if (binding.host_port != 0) shown["hostPort"] = binding.host_port;
  put(shown, "protocol", binding.protocol);
  put(shown, "containerPortRange", binding.container_port_range);
  put(shown, "hostPortRange", binding.host_port_range);
  return shown;
}

protocol::NetworkBinding binding_from(const Json& shown) {
  protocol::NetworkBinding binding;
  binding.bind_ip = shown.value("bindIP", "");
  binding.container_port = shown.value("containerPort", std::int64_t{0});
  binding.host_port = shown.value("hostPort", std::int64_t{0});
  binding.protocol = shown.value("protocol", "");
  binding.container_port_range = shown.value("containerPortRange", "");
  binding.host_port_range = shown.value("hostPortRange", "");
  return binding;
}

Json describe(const TaskContainer& container, const Task& task) {
  Json shown = {{"containerArn", container.arn},
                {"taskArn", task.arn},
                {"name", container.name},
                {"image", container.image},
                {"lastStatus", container.last_status},
                {"healthStatus", container.health},
                {"cpu", container.cpu},
                {"networkInterfaces", Json::array()},
                {"networkBindings", Json::array()}};
  put(shown, "memory", container.memory);
  put(shown, "memoryReservation", container.reservation);
  put(shown, "reason", container.reason);
  put(shown, "runtimeId", container.runtime_id);
  put(shown, "imageDigest", container.image_digest);
  if (!container.gpu_ids.empty()) shown["gpuIds"] = container.gpu_ids;
  if (container.exit_code) shown["exitCode"] = *container.exit_code;
  for (const auto& binding : container.bindings) {
    shown["networkBindings"].push_back(describe(binding));
  }
  // Shown once the interface is there; an address that is not in use yet helps nobody.
  if (task.interface && task.interface->status != "PRECREATED") {
    Json interface = {{"attachmentId", task.interface->attachment_id}};
    put(interface, "privateIpv4Address", task.interface->address);
    put(interface, "ipv6Address", task.interface->ipv6_address);
    shown["networkInterfaces"].push_back(std::move(interface));
  }
  return shown;
}

Json describe(const Interface& interface) {
  Json details = Json::array();
  auto detail = [&details](const char* name, const std::string& value) {
    if (!value.empty()) details.push_back({{"name", name}, {"value", value}});
  };
  detail("subnetId", interface.subnet);
  detail("networkInterfaceId", interface.eni_id);
  detail("macAddress", interface.mac);
  detail("privateDnsName", interface.private_dns_name());
  detail("privateIPv4Address", interface.address);
  detail("ipv6Address", interface.ipv6_address);
  return {{"id", interface.attachment_id},
          {"type", "ElasticNetworkInterface"},
          {"status", interface.status},
          {"details", std::move(details)}};
}

/// A list of awsvpcConfiguration, whose shape was checked when it came.
std::vector<std::string> of_network(const Json& network, const char* name) {
  return network.value("awsvpcConfiguration", Json::object())
      .value(name, std::vector<std::string>());
}

std::optional<std::string> text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<WallTime> time_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return from_epoch_seconds(found->get<double>());
}

TaskStatus status_from(const std::string& name) {
  for (std::size_t i = 0; i < std::size(kStatusNames); ++i) {
    if (kStatusNames[i] == name) return static_cast<TaskStatus>(i);
  }
  return TaskStatus::Stopped;
}

Json record_of(const Interface& interface) {
  return {{"attachmentId", interface.attachment_id},
          {"attachmentArn", interface.attachment_arn},
          {"eniId", interface.eni_id},
          {"mac", interface.mac},
          {"address", interface.address},
          {"gateway", interface.gateway},
          {"prefix", interface.prefix},
          {"ipv6Address", interface.ipv6_address},
          {"ipv6Gateway", interface.ipv6_gateway},
          {"ipv6Prefix", interface.ipv6_prefix},
          {"subnet", interface.subnet},
          {"groups", interface.groups},
          {"status", interface.status},
          {"attachBy", epoch_seconds(interface.attach_by)}};
}

Interface interface_from(const Json& record) {
  Interface interface;
  interface.attachment_id = record.at("attachmentId");
  interface.attachment_arn = record.at("attachmentArn");
  interface.eni_id = record.at("eniId");
  interface.mac = record.at("mac");
  interface.address = record.at("address");
  interface.gateway = record.at("gateway");
  interface.prefix = record.at("prefix");
  interface.ipv6_address = record.value("ipv6Address", "");
  interface.ipv6_gateway = record.value("ipv6Gateway", "");
  interface.ipv6_prefix = record.value("ipv6Prefix", 64);
  interface.subnet = record.at("subnet");
  interface.groups = record.value("groups", std::vector<std::string>());
  interface.status = record.at("status");
  interface.attach_by = from_epoch_seconds(record.at("attachBy"));
  return interface;
}

TaskContainer container_from(const Json& shown, const Json& extra) {
  TaskContainer container;
  container.name = shown.at("name");
  container.arn = shown.at("containerArn");
  container.image = shown.at("image");
  container.last_status = shown.at("lastStatus");
  container.health = shown.at("healthStatus");
  container.cpu = shown.at("cpu");
  container.memory = text_in(shown, "memory");
  container.reservation = text_in(shown, "memoryReservation");
  container.reason = shown.value("reason", "");
  container.runtime_id = shown.value("runtimeId", "");
  container.image_digest = shown.value("imageDigest", "");
  if (shown.contains("exitCode")) container.exit_code = shown.at("exitCode").get<std::int64_t>();
  for (const auto& binding : shown.at("networkBindings")) {
    container.bindings.push_back(binding_from(binding));
  }
  container.gpu_ids = shown.value("gpuIds", std::vector<std::string>());
  container.gpus = static_cast<std::int64_t>(container.gpu_ids.size());
  container.essential = extra.at("essential");
  container.checked = extra.at("checked");
  return container;
}

/// The members that describe() has; throws what nlohmann throws on a record we did not write.
Task task_from_shown(const Json& shown) {
  Task task;
  task.arn = shown.at("taskArn");
  task.instance_arn = shown.value("containerInstanceArn", "");
  task.definition_arn = shown.at("taskDefinitionArn");
  task.group = shown.value("group", "");
  task.started_by = shown.value("startedBy", "");
  task.launch_type = shown.at("launchType");
  task.cpu = text_in(shown, "cpu");
  task.memory = text_in(shown, "memory");
  task.overrides = shown.at("overrides");
  task.execute_command = shown.at("enableExecuteCommand");
  task.platform_version = shown.value("platformVersion", "");
  task.desired = shown.at("desiredStatus");
  task.status = status_from(shown.at("lastStatus"));
  task.health = shown.at("healthStatus");
  task.stop_code = shown.value("stopCode", "");
  task.stopped_reason = shown.value("stoppedReason", "");
  task.version = shown.at("version");
  task.created_at = from_epoch_seconds(shown.at("createdAt"));
  task.connectivity_at = time_in(shown, "connectivityAt");
  task.pull_started_at = time_in(shown, "pullStartedAt");
  task.pull_stopped_at = time_in(shown, "pullStoppedAt");
  task.started_at = time_in(shown, "startedAt");
  task.stopping_at = time_in(shown, "stoppingAt");
  task.stopped_at = time_in(shown, "stoppedAt");
  task.execution_stopped_at = time_in(shown, "executionStoppedAt");
  return task;
}

Task task_from_whole(const Json& record) {
  const Json& shown = record.at("shown");
  Task task = task_from_shown(shown);
  task.id = record.at("id");
  task.cluster = record.at("cluster");
  task.family = record.at("family");
  task.revision = record.at("revision");
  task.network = record.at("network");
  task.tags = record.at("tags");
  task.client_token = record.at("clientToken");
  const Json& containers = shown.at("containers");
  for (std::size_t i = 0; i < containers.size(); ++i) {
    task.containers.push_back(container_from(containers[i], record.at("containers").at(i)));
  }
  if (record.contains("interface")) task.interface = interface_from(record.at("interface"));
  const Json& demand = record.at("demand");
  task.demand = {demand.at("cpu"),
                 demand.at("memory"),
                 demand.at("tcp"),
                 demand.at("udp"),
                 demand.at("ownInterface"),
                 0,
                 {}};
  for (const TaskContainer& container : task.containers) {
    task.demand.gpus += container.gpus;
    task.demand.gpu_ids.insert(task.demand.gpu_ids.end(), container.gpu_ids.begin(),
                               container.gpu_ids.end());
  }
  task.sent = static_cast<Told>(record.at("sent").get<int>());
  task.acked = static_cast<Told>(record.at("acked").get<int>());
  return task;
}

}  // namespace

std::string_view name_of(TaskStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

std::vector<std::string> Interface::addresses() const {
  std::vector<std::string> own;
  for (const std::string* one : {&address, &ipv6_address}) {
    if (!one->empty()) own.push_back(*one);
  }
  return own;
}

std::string Interface::private_dns_name() const {
  std::string host = address.empty() ? eni_id : "ip-" + address;
  std::replace(host.begin(), host.end(), '.', '-');
  return host + ".lab.internal";
}

std::vector<std::string> Task::subnets() const {
  return of_network(network, "subnets");
}

std::vector<std::string> Task::security_groups() const {
  return of_network(network, "securityGroups");
}

Json describe(const Task& task, const std::string& cluster_arn, bool connected) {
  Json shown = {{"taskArn", task.arn},
                {"clusterArn", cluster_arn},
                {"taskDefinitionArn", task.definition_arn},
                {"group", task.group},
                {"launchType", task.launch_type},
                {"overrides", task.overrides},
                {"enableExecuteCommand", task.execute_command},
                {"desiredStatus", task.desired},
                {"lastStatus", name_of(task.status)},
                {"healthStatus", task.health},
                {"version", task.version},
                {"availabilityZone", "lab"},
                {"attachments", Json::array()},
                {"attributes", Json::array()},
                {"containers", Json::array()},
                {"createdAt", epoch_seconds(task.created_at)}};
  put(shown, "containerInstanceArn", task.instance_arn);
  put(shown, "startedBy", task.started_by);
  put(shown, "cpu", task.cpu);
  put(shown, "memory", task.memory);
  put(shown, "platformVersion", task.platform_version);
  put(shown, "stopCode", task.stop_code);
  put(shown, "stoppedReason", task.stopped_reason);
  put(shown, "connectivityAt", task.connectivity_at);
  put(shown, "pullStartedAt", task.pull_started_at);
  put(shown, "pullStoppedAt", task.pull_stopped_at);
  put(shown, "startedAt", task.started_at);
  put(shown, "stoppingAt", task.stopping_at);
  put(shown, "stoppedAt", task.stopped_at);
  put(shown, "executionStoppedAt", task.execution_stopped_at);
  if (task.connectivity_at) {
    shown["connectivity"] = connected || !task.is_live() ? "CONNECTED" : "DISCONNECTED";
  }
  if (task.interface) shown["attachments"].push_back(describe(*task.interface));
  for (const auto& container : task.containers) {
    shown["containers"].push_back(describe(container, task));
  }
  return shown;
}

Json to_record(const Task& task) {
  Json record = {{"shown", describe(task, "", true)},
                 {"id", task.id},
                 {"cluster", task.cluster},
                 {"family", task.family},
                 {"revision", task.revision},
                 {"network", task.network},
                 {"tags", task.tags},
                 {"clientToken", task.client_token},
                 {"containers", Json::array()},
                 {"demand",
                  {{"cpu", task.demand.cpu},
                   {"memory", task.demand.memory_mib},
                   {"tcp", task.demand.tcp_ports},
                   {"udp", task.demand.udp_ports},
                   {"ownInterface", task.demand.own_interface}}},
                 {"sent", static_cast<int>(task.sent)},
                 {"acked", static_cast<int>(task.acked)}};
  for (const auto& container : task.containers) {
    record["containers"].push_back(
        {{"essential", container.essential}, {"checked", container.checked}});
  }
  if (task.interface) record["interface"] = record_of(*task.interface);
  return record;
}

Result<Task> task_from_record(const Json& record) {
  // nlohmann's at() and get() throw on a record that this file did not write.
  try {
    return task_from_whole(record);
  } catch (const Json::exception& error) {
    return Error{Errc::Broken, 0, "record of a task: " + std::string(error.what())};
  }
}

}  // namespace berth::lab
