// container.cpp - one container of a task, to JSON and back.
#include "controlplane/protocol/container.hpp"

#include "controlplane/protocol/fields.hpp"

namespace berth::protocol {

namespace {

Result<DockerConfig> read_docker_config(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  DockerConfig docker{in.text("version"), in.text("config"), in.text("hostConfig")};
  return read_or_complaint(in, std::move(docker));
}

Result<ContainerDependency> read_dependency(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  ContainerDependency dependency{in.text("containerName"), in.text("condition")};
  return read_or_complaint(in, std::move(dependency));
}

Result<PortMapping> read_port_mapping(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  PortMapping port{in.integer("containerPort"), in.integer("hostPort"), in.text("protocol"),
                   in.text("containerPortRange")};
  return read_or_complaint(in, std::move(port));
}

Result<MountPoint> read_mount_point(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  MountPoint mount{in.text("sourceVolume"), in.text("containerPath"), in.boolean("readOnly")};
  return read_or_complaint(in, std::move(mount));
}

Result<VolumeFrom> read_volume_from(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  VolumeFrom from{in.text("sourceContainer"), in.boolean("readOnly")};
  return read_or_complaint(in, std::move(from));
}

Result<Secret> read_secret(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  Secret secret{in.text("name"), in.text("valueFrom"), in.text("region"),       in.text("provider"),
                in.text("type"), in.text("target"),    in.text("containerPath")};
  return read_or_complaint(in, std::move(secret));
}

Result<EnvironmentFile> read_environment_file(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  EnvironmentFile file{in.text("value"), in.text("type")};
  return read_or_complaint(in, std::move(file));
}

Result<std::int64_t> read_exit_code(const Json& value, std::string where) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  return Error{Errc::Invalid, 0, where + ": must be a whole number"};
}

Result<RestartPolicy> read_restart_policy(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  RestartPolicy policy;
  policy.enabled = in.boolean("enabled");
  policy.ignored_exit_codes = in.list("ignoredExitCodes", read_exit_code);
  policy.restart_attempt_period_s = in.maybe_integer("restartAttemptPeriod");
  return read_or_complaint(in, std::move(policy));
}

Result<RegistryAuthentication> read_registry_authentication(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  RegistryAuthentication auth;
  auth.type = in.text("type");
  if (const Json* ecr = in.object("ecrAuthData")) {
    Fields data(*ecr, in.path("ecrAuthData"));
    auth.registry_id = data.text("registryId");
    auth.region = data.text("region");
    auth.endpoint_override = data.text("endpointOverride");
    auth.use_execution_role = data.boolean("useExecutionRole");
    if (auto bad = data.failed()) return *std::move(bad);
  }
  if (const Json* asm_data = in.object("asmAuthData")) {
    Fields data(*asm_data, in.path("asmAuthData"));
    auth.credentials_parameter = data.text("credentialsParameter");
    auth.region = data.text("region");
    if (auto bad = data.failed()) return *std::move(bad);
  }
  return read_or_complaint(in, std::move(auth));
}

Result<FirelensConfiguration> read_firelens(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  FirelensConfiguration firelens{in.text("type"), in.texts_by_name("options")};
  return read_or_complaint(in, std::move(firelens));
}

Result<Device> read_device(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  Device device{in.text("hostPath"), in.text("containerPath"), in.texts("permissions")};
  return read_or_complaint(in, std::move(device));
}

Result<LinuxParameters> read_linux_parameters(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  LinuxParameters linux_parameters;
  if (const Json* capabilities = in.object("capabilities")) {
    Fields sets(*capabilities, in.path("capabilities"));
    linux_parameters.capabilities_add = sets.texts("add");
    linux_parameters.capabilities_drop = sets.texts("drop");
    if (auto bad = sets.failed()) return *std::move(bad);
  }
  linux_parameters.devices = in.list("devices", read_device);
  linux_parameters.init_process_enabled = in.maybe_boolean("initProcessEnabled");
  linux_parameters.shared_memory_size_mib = in.maybe_integer("sharedMemorySize");
  return read_or_complaint(in, std::move(linux_parameters));
}

Result<ManagedAgent> read_managed_agent(const Json& value, std::string where) {
  Fields in(value, std::move(where));
  ManagedAgent agent{in.text("name"), in.texts_by_name("properties")};
  return read_or_complaint(in, std::move(agent));
}

/// The container's overrides: text of JSON or an object; only `command` may be in it.
Result<std::optional<std::vector<std::string>>> read_overrides(const Json* given,
                                                               const std::string& where) {
  std::optional<std::vector<std::string>> command;
  if (given == nullptr) return command;
  Json parsed;
  if (given->is_string()) {
    const auto& text = given->get_ref<const std::string&>();
    if (text.empty()) return command;
    auto read = parse_json(text);
    if (!read) return std::move(read).error().while_doing(where);
    parsed = std::move(read).value();
    if (parsed.is_null()) return command;
    given = &parsed;
  }
  Fields in(*given, where);
  command = in.maybe_texts("command");
  if (auto bad = in.failed()) return *std::move(bad);
  for (const std::string& name : in.unread()) {
    return Error{Errc::Invalid, 0,
                 where + "." + name + ": not allowed; only command may be overridden"};
  }
  return command;
}

void read_process(Fields& in, Container& container) {
  container.command = in.maybe_texts("command");
  container.entry_point = in.maybe_texts("entryPoint");
  if (const Json* given = in.any("environment"); given != nullptr && !given->is_object()) {
    // The reader's own complaint would show it, and variables may hold secrets.
    in.complain("environment", "must be an object of strings");
  } else {
    container.environment = in.texts_by_name("environment");
  }
  container.environment_files = in.list("environmentFiles", read_environment_file);
  container.secrets = in.list("secrets", read_secret);
  container.depends_on = in.list("dependsOn", read_dependency);
  container.start_timeout_s = in.integer("startTimeout");
  container.stop_timeout_s = in.integer("stopTimeout");
  container.restart_policy = in.part("restartPolicy", read_restart_policy);
  container.health_check_type = in.text("healthCheckType");
}

void read_surroundings(Fields& in, Container& container) {
  container.links = in.texts("links");
  container.port_mappings = in.list("portMappings", read_port_mapping);
  container.mount_points = in.list("mountPoints", read_mount_point);
  container.volumes_from = in.list("volumesFrom", read_volume_from);
  container.docker_config = in.part("dockerConfig", read_docker_config);
  container.registry_authentication =
      in.part("registryAuthentication", read_registry_authentication);
  container.logs_auth_strategy = in.text("logsAuthStrategy");
  container.firelens = in.part("firelensConfiguration", read_firelens);
  container.managed_agents = in.list("managedAgents", read_managed_agent);
  container.credential_specs = in.texts("credentialSpecs");
  container.linux_parameters = in.part("linuxParameters", read_linux_parameters);
  container.privileged = in.maybe_boolean("privileged");
  container.network_interface_names = in.texts("networkInterfaceNames");
}

Json secret_json(const Secret& secret) {
  Json out{{"name", secret.name}, {"valueFrom", secret.value_from}};
  put(out, "region", secret.region);
  put(out, "provider", secret.provider);
  put(out, "type", secret.type);
  put(out, "target", secret.target);
  put(out, "containerPath", secret.container_path);
  return out;
}

Json port_mapping_json(const PortMapping& port) {
  Json out = Json::object();
  if (port.container_port_range.empty()) {
    out["containerPort"] = port.container_port;
    out["hostPort"] = port.host_port;
  }
  put(out, "containerPortRange", port.container_port_range);
  put(out, "protocol", port.protocol);
  return out;
}

Json restart_policy_json(const RestartPolicy& policy) {
  Json out{{"enabled", policy.enabled}};
  if (!policy.ignored_exit_codes.empty()) out["ignoredExitCodes"] = policy.ignored_exit_codes;
  put(out, "restartAttemptPeriod", policy.restart_attempt_period_s);
  return out;
}

Json registry_authentication_json(const RegistryAuthentication& auth) {
  Json data = Json::object();
  put(data, "region", auth.region);
  if (auth.type == "asm") {
    put(data, "credentialsParameter", auth.credentials_parameter);
    return Json{{"type", auth.type}, {"asmAuthData", data}};
  }
  put(data, "registryId", auth.registry_id);
  put(data, "endpointOverride", auth.endpoint_override);
  data["useExecutionRole"] = auth.use_execution_role;
  return Json{{"type", auth.type}, {"ecrAuthData", data}};
}

Json device_json(const Device& device) {
  Json out{{"hostPath", device.host_path}};
  put(out, "containerPath", device.container_path);
  put(out, "permissions", device.permissions);
  return out;
}

Json linux_parameters_json(const LinuxParameters& linux_parameters) {
  Json out = Json::object();
  Json capabilities = Json::object();
  put(capabilities, "add", linux_parameters.capabilities_add);
  put(capabilities, "drop", linux_parameters.capabilities_drop);
  if (!capabilities.empty()) out["capabilities"] = capabilities;
  put_list(out, "devices", linux_parameters.devices, device_json);
  put(out, "initProcessEnabled", linux_parameters.init_process_enabled);
  put(out, "sharedMemorySize", linux_parameters.shared_memory_size_mib);
  return out;
}

Json mount_point_json(const MountPoint& mount) {
  return Json{{"sourceVolume", mount.source_volume},
              {"containerPath", mount.container_path},
              {"readOnly", mount.read_only}};
}
Json volume_from_json(const VolumeFrom& from) {
  return Json{{"sourceContainer", from.source_container}, {"readOnly", from.read_only}};
}
Json environment_file_json(const EnvironmentFile& file) {
  return Json{{"value", file.value}, {"type", file.type}};
}
Json dependency_json(const ContainerDependency& dependency) {
  return Json{{"containerName", dependency.container_name}, {"condition", dependency.condition}};
}
Json managed_agent_json(const ManagedAgent& agent) {
  return Json{{"name", agent.name}, {"properties", agent.properties}};
}

/// Members that the control plane writes only for containers that use them.
void put_optional(Json& out, const Container& container) {
  put(out, "command", container.command);
  put(out, "entryPoint", container.entry_point);
  put_list(out, "environmentFiles", container.environment_files, environment_file_json);
  put_list(out, "secrets", container.secrets, secret_json);
  put_list(out, "dependsOn", container.depends_on, dependency_json);
  put_number(out, "startTimeout", container.start_timeout_s);
  put_number(out, "stopTimeout", container.stop_timeout_s);
  if (container.restart_policy) {
    out["restartPolicy"] = restart_policy_json(*container.restart_policy);
  }
  put(out, "healthCheckType", container.health_check_type);
  if (container.registry_authentication) {
    out["registryAuthentication"] =
        registry_authentication_json(*container.registry_authentication);
  }
  put(out, "logsAuthStrategy", container.logs_auth_strategy);
  if (container.firelens) {
    out["firelensConfiguration"] = {{"type", container.firelens->type},
                                    {"options", container.firelens->options}};
  }
  put_list(out, "managedAgents", container.managed_agents, managed_agent_json);
  put(out, "credentialSpecs", container.credential_specs);
  if (container.linux_parameters) {
    out["linuxParameters"] = linux_parameters_json(*container.linux_parameters);
  }
  put(out, "privileged", container.privileged);
  put(out, "networkInterfaceNames", container.network_interface_names);
}

}  // namespace

Result<Container> decode_container(const Json& value, const std::string& where) {
  Fields in(value, where);
  Container container;
  container.name = in.text("name");
  container.container_arn = in.text("containerArn");
  container.image = in.text("image");
  container.cpu = in.integer("cpu");
  container.memory_mib = in.integer("memory");
  container.essential = in.boolean("essential", true);
  read_process(in, container);
  read_surroundings(in, container);
  if (auto bad = in.failed()) return *std::move(bad);
  BERTH_TRY(container.override_command, read_overrides(in.any("overrides"), in.path("overrides")));
  return container;
}

Json encode(const Container& container) {
  // The control plane writes these for every container, used or not.
  Json out{{"name", container.name},
           {"image", container.image},
           {"cpu", container.cpu},
           {"memory", container.memory_mib},
           {"essential", container.essential},
           {"environment", container.environment},
           {"links", container.links},
           {"portMappings", list_json(container.port_mappings, port_mapping_json)},
           {"mountPoints", list_json(container.mount_points, mount_point_json)},
           {"volumesFrom", list_json(container.volumes_from, volume_from_json)}};
  put(out, "containerArn", container.container_arn);
  Json overrides = Json::object();
  put(overrides, "command", container.override_command);
  out["overrides"] = dump_json(overrides);
  if (container.docker_config) {
    out["dockerConfig"] = {{"version", container.docker_config->version},
                           {"config", container.docker_config->config},
                           {"hostConfig", container.docker_config->host_config}};
  }
  put_optional(out, container);
  return out;
}

}  // namespace berth::protocol
