// payload.cpp - a task as the agent is told of it; pure.
#include "controlplane/definition/payload.hpp"

#include "controlplane/definition/docker_config.hpp"
#include "controlplane/definition/task_definition.hpp"

namespace berth::definition {

namespace {

constexpr std::string_view kDockerApiVersion = "1.17";  // what the service sends with plain configs

using Texts = std::vector<std::string>;

Json override_of(const Launch& launch, const std::string& container) {
  for (const auto& one : launch.overrides.value("containerOverrides", Json::array())) {
    if (one.value("name", "") == container) return one;
  }
  return Json::object();
}

/// The region an ARN names, else the lab's own.
std::string region_of(const std::string& arn, const std::string& own) {
  if (!arn.starts_with("arn:")) return own;
  std::size_t at = 0;
  for (int colon = 0; colon < 3; ++colon) {
    at = arn.find(':', at);
    if (at == std::string::npos) return own;
    ++at;
  }
  const std::string region = arn.substr(at, arn.find(':', at) - at);
  return region.empty() ? own : region;
}

protocol::Secret secret_of(const Json& secret, const std::string& target,
                           const std::string& region) {
  const std::string from = secret["valueFrom"];
  const bool is_manager = from.find(":secretsmanager:") != std::string::npos;
  return {secret["name"],
          from,
          region_of(from, region),
          is_manager ? "asm" : "ssm",
          "ENVIRONMENT_VARIABLE",
          target,
          ""};
}

void add_secrets(const Json& definition, const std::string& region,
                 protocol::Container& container) {
  for (const auto& secret : definition.value("secrets", Json::array())) {
    container.secrets.push_back(secret_of(secret, "CONTAINER", region));
  }
  const Json log = definition.value("logConfiguration", Json::object());
  for (const auto& secret : log.value("secretOptions", Json::array())) {
    container.secrets.push_back(secret_of(secret, "LOG_DRIVER", region));
  }
}

void add_environment(const Json& definition, const Json& override, const std::string& launch_type,
                     protocol::Container& container) {
  container.environment["AWS_EXECUTION_ENV"] = "AWS_ECS_" + launch_type;
  for (const Json* source : {&definition, &override}) {
    for (const auto& one : source->value("environment", Json::array())) {
      container.environment[one.value("name", "")] = one.value("value", "");
    }
  }
  const Json& files = override.contains("environmentFiles") ? override : definition;
  for (const auto& one : files.value("environmentFiles", Json::array())) {
    container.environment_files.push_back({one.value("value", ""), one.value("type", "s3")});
  }
}

void add_relations(const Json& definition, protocol::Container& container) {
  container.links = definition.value("links", Texts());
  for (const auto& port : definition["portMappings"]) {
    container.port_mappings.push_back(
        {port.value("containerPort", std::int64_t{0}), port.value("hostPort", std::int64_t{0}),
         port.value("protocol", "tcp"), port.value("containerPortRange", "")});
  }
  for (const auto& mount : definition["mountPoints"]) {
    container.mount_points.push_back({mount.value("sourceVolume", ""),
                                      mount.value("containerPath", ""),
                                      mount.value("readOnly", false)});
  }
  for (const auto& other : definition["volumesFrom"]) {
    container.volumes_from.push_back(
        {other.value("sourceContainer", ""), other.value("readOnly", false)});
  }
  for (const auto& one : definition.value("dependsOn", Json::array())) {
    container.depends_on.push_back({one.value("containerName", ""), one.value("condition", "")});
  }
}

void add_policies(const Json& definition, const std::string& region,
                  protocol::Container& container) {
  container.start_timeout_s = definition.value("startTimeout", std::int64_t{0});
  container.stop_timeout_s = definition.value("stopTimeout", std::int64_t{0});
  if (definition.contains("restartPolicy")) {
    const Json& policy = definition["restartPolicy"];
    protocol::RestartPolicy restart;
    restart.enabled = policy.value("enabled", false);
    restart.ignored_exit_codes = policy.value("ignoredExitCodes", std::vector<std::int64_t>());
    restart.restart_attempt_period_s = policy.value("restartAttemptPeriod", std::int64_t{300});
    container.restart_policy = std::move(restart);
  }
  if (definition.contains("repositoryCredentials")) {
    protocol::RegistryAuthentication authentication;
    authentication.type = "asm";
    authentication.credentials_parameter =
        definition["repositoryCredentials"].value("credentialsParameter", "");
    authentication.region = region_of(authentication.credentials_parameter, region);
    container.registry_authentication = std::move(authentication);
  }
  if (definition.contains("firelensConfiguration")) {
    const Json& firelens = definition["firelensConfiguration"];
    container.firelens = protocol::FirelensConfiguration{
        firelens.value("type", ""),
        firelens.value("options", std::map<std::string, std::string>())};
  }
  container.credential_specs = definition.value("credentialSpecs", Texts());
}

protocol::Container container_of(const Json& definition, const Launch& launch,
                                 const std::string& network_mode) {
  protocol::Container container;
  container.name = definition["name"];
  container.image = definition["image"];
  container.essential = definition["essential"];
  if (const auto known = launch.container_arns.find(container.name);
      known != launch.container_arns.end()) {
    container.container_arn = known->second;
  }
  const Json override = override_of(launch, container.name);
  auto number = [&](const char* name) {
    return override.value(name, definition.value(name, std::int64_t{0}));
  };
  container.cpu = number("cpu");
  container.memory_mib = number("memory");
  if (definition.contains("command")) container.command = definition["command"].get<Texts>();
  if (definition.contains("entryPoint")) {
    container.entry_point = definition["entryPoint"].get<Texts>();
  }
  if (override.contains("command")) container.override_command = override["command"].get<Texts>();
  add_environment(definition, override, launch.launch_type, container);
  add_secrets(definition, launch.region, container);
  add_relations(definition, container);
  add_policies(definition, launch.region, container);
  if (has_health_check(definition)) container.health_check_type = "docker";
  container.docker_config = protocol::DockerConfig{
      std::string(kDockerApiVersion), dump_json(docker_config(definition)),
      dump_json(docker_host_config(definition, network_mode, launch.task_id, container.memory_mib,
                                   number("memoryReservation")))};
  return container;
}

/// How the service calls the types of which nothing more is told here: "fsxWindowsFileServer" of
/// fsxWindowsFileServerVolumeConfiguration. "host" where there is none of that kind.
std::string other_type_of(const Json& volume) {
  constexpr std::string_view kSuffix = "VolumeConfiguration";
  if (volume.value("configuredAtLaunch", false)) return "amazonebs";
  for (const auto& [name, unused] : volume.items()) {
    if (name.ends_with(kSuffix)) return name.substr(0, name.size() - kSuffix.size());
  }
  return "host";
}

protocol::Volume volume_of(const Json& definition) {
  protocol::Volume volume;
  volume.name = definition.value("name", "");
  volume.type = "host";
  if (definition.contains("dockerVolumeConfiguration")) {
    const Json& docker = definition["dockerVolumeConfiguration"];
    using Map = std::map<std::string, std::string>;
    volume.type = "docker";
    volume.docker =
        protocol::DockerVolume{docker.value("scope", "task"), docker.value("autoprovision", false),
                               docker.value("driver", "local"), docker.value("driverOpts", Map()),
                               docker.value("labels", Map())};
  } else if (definition.contains("efsVolumeConfiguration")) {
    const Json& efs = definition["efsVolumeConfiguration"];
    const Json access = efs.value("authorizationConfig", Json::object());
    volume.type = "efs";
    volume.efs = protocol::EfsVolume{
        efs.value("fileSystemId", ""),      efs.value("rootDirectory", ""),
        efs.value("transitEncryption", ""), efs.value("transitEncryptionPort", std::int64_t{0}),
        access.value("accessPointId", ""),  access.value("iam", "")};
  } else {
    volume.type = other_type_of(definition);
    const Json host = definition.value("host", Json::object());
    volume.host_source_path = host.value("sourcePath", "");
  }
  return volume;
}

std::optional<protocol::ProxyConfiguration> proxy_of(const Json& definition) {
  if (!definition.contains("proxyConfiguration")) return std::nullopt;
  const Json& given = definition["proxyConfiguration"];
  protocol::ProxyConfiguration proxy;
  proxy.type = given.value("type", "APPMESH");
  proxy.container_name = given.value("containerName", "");
  for (const auto& one : given.value("properties", Json::array())) {
    proxy.properties[one.value("name", "")] = one.value("value", "");
  }
  return proxy;
}

}  // namespace

protocol::Task payload_of(const Json& definition, const Launch& launch) {
  protocol::Task told;
  told.arn = launch.task_arn;
  told.desired_status = launch.desired_status;
  told.task_cluster_arn = launch.cluster_arn;
  told.family = definition["family"];
  told.version = launch.version;
  told.task_definition_account_id = launch.account;
  told.group = launch.group;
  told.launch_type = launch.launch_type;
  told.network_mode = definition.value("networkMode", "bridge");
  told.pid_mode = definition.value("pidMode", "");
  told.ipc_mode = definition.value("ipcMode", "");
  if (launch.cpu) told.cpu = static_cast<double>(cpu_units(*launch.cpu).value_or(0)) / 1024.0;
  if (launch.memory) told.memory_mib = memory_mib(*launch.memory).value_or(0);
  for (const auto& container : definition["containerDefinitions"]) {
    told.containers.push_back(container_of(container, launch, told.network_mode));
  }
  for (const auto& volume : definition["volumes"]) told.volumes.push_back(volume_of(volume));
  for (const auto& [container, ids] : launch.gpus) {
    for (const std::string& id : ids) {
      told.associations.push_back({id, "gpu", {container}, "", ""});
    }
  }
  told.proxy = proxy_of(definition);
  told.enable_fault_injection = definition.value("enableFaultInjection", false);
  return told;
}

}  // namespace berth::definition
