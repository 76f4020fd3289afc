// docker_config.cpp - a container definition as Docker's Config and HostConfig documents; pure.
#include "controlplane/definition/docker_config.hpp"

namespace berth::definition {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;  // Docker counts times in nanoseconds
constexpr std::int64_t kMebibyte = 1 << 20;

/// Copies a member under Docker's name for it, when it is there.
void copy(const Json& from, const char* name, Json& to, const char* docker_name) {
  if (from.contains(name)) to[docker_name] = from[name];
}

Json health_check(const Json& check) {
  auto seconds = [&check](const char* name) {
    return check.value(name, std::int64_t{0}) * kSecond;
  };
  return {{"Test", check["command"]},
          {"Interval", seconds("interval")},
          {"Timeout", seconds("timeout")},
          {"StartPeriod", seconds("startPeriod")},
          {"Retries", check.value("retries", 3)}};
}

Json log_config(const Json& log, const std::string& container, const std::string& task_id) {
  Json options = log.value("options", Json::object());
  // The service turns the prefix into the name of the stream; agents never see the prefix.
  if (log["logDriver"] == "awslogs" && options.contains("awslogs-stream-prefix")) {
    options["awslogs-stream"] =
        options["awslogs-stream-prefix"].get<std::string>() + "/" + container + "/" + task_id;
    options.erase("awslogs-stream-prefix");
  }
  return {{"Type", log["logDriver"]}, {"Config", options}};
}

Json devices(const Json& list) {
  Json result = Json::array();
  for (const auto& device : list) {
    std::string permissions;
    for (const auto& one : device.value("permissions", Json::array({"read", "write", "mknod"}))) {
      permissions += one.get<std::string>().substr(0, 1);
    }
    const std::string path = device.value("hostPath", "");
    result.push_back({{"PathOnHost", path},
                      {"PathInContainer", device.value("containerPath", path)},
                      {"CgroupPermissions", permissions}});
  }
  return result;
}

Json tmpfs(const Json& list) {
  Json result = Json::object();
  for (const auto& one : list) {
    std::string options = "size=" + std::to_string(one.value("size", 0)) + "m";
    for (const auto& option : one.value("mountOptions", Json::array())) {
      options += "," + option.get<std::string>();
    }
    result[one.value("containerPath", "")] = options;
  }
  return result;
}

void add_linux(const Json& linux, std::int64_t memory_mib, Json& host) {
  const Json capabilities = linux.value("capabilities", Json::object());
  host["CapAdd"] = capabilities.value("add", Json::array());
  host["CapDrop"] = capabilities.value("drop", Json::array());
  if (linux.contains("devices")) host["Devices"] = devices(linux["devices"]);
  if (linux.contains("tmpfs")) host["Tmpfs"] = tmpfs(linux["tmpfs"]);
  copy(linux, "initProcessEnabled", host, "Init");
  if (linux.contains("sharedMemorySize")) {
    host["ShmSize"] = linux["sharedMemorySize"].get<std::int64_t>() * kMebibyte;
  }
  if (linux.contains("maxSwap")) {
    const std::int64_t swap = linux["maxSwap"];
    if (memory_mib > 0) host["MemorySwap"] = (memory_mib + swap) * kMebibyte;
    copy(linux, "swappiness", host, "MemorySwappiness");
  }
}

}  // namespace

Json docker_config(const Json& container) {
  Json config = Json::object();
  copy(container, "user", config, "User");
  copy(container, "workingDirectory", config, "WorkingDir");
  copy(container, "hostname", config, "Hostname");
  copy(container, "dockerLabels", config, "Labels");
  copy(container, "interactive", config, "OpenStdin");
  copy(container, "pseudoTerminal", config, "Tty");
  copy(container, "disableNetworking", config, "NetworkDisabled");
  if (container.contains("healthCheck")) {
    config["HealthCheck"] = health_check(container["healthCheck"]);
  }
  return config;
}

Json docker_host_config(const Json& container, const std::string& network_mode,
                        const std::string& task_id, std::int64_t memory_mib,
                        std::int64_t reservation_mib) {
  Json host = {
      {"NetworkMode", network_mode}, {"CapAdd", Json::array()}, {"CapDrop", Json::array()}};
  add_linux(container.value("linuxParameters", Json::object()), memory_mib, host);
  if (reservation_mib > 0) host["MemoryReservation"] = reservation_mib * kMebibyte;
  copy(container, "privileged", host, "Privileged");
  copy(container, "readonlyRootFilesystem", host, "ReadonlyRootfs");
  copy(container, "dnsServers", host, "Dns");
  copy(container, "dnsSearchDomains", host, "DnsSearch");
  copy(container, "dockerSecurityOptions", host, "SecurityOpt");
  for (const auto& one : container.value("extraHosts", Json::array())) {
    host["ExtraHosts"].push_back(one.value("hostname", "") + ":" + one.value("ipAddress", ""));
  }
  for (const auto& one : container.value("ulimits", Json::array())) {
    host["Ulimits"].push_back({{"Name", one.value("name", "")},
                               {"Soft", one.value("softLimit", std::int64_t{0})},
                               {"Hard", one.value("hardLimit", std::int64_t{0})}});
  }
  for (const auto& one : container.value("systemControls", Json::array())) {
    host["Sysctls"][one.value("namespace", "")] = one.value("value", "");
  }
  if (container.contains("logConfiguration")) {
    host["LogConfig"] = log_config(container["logConfiguration"], container["name"], task_id);
  }
  return host;
}

}  // namespace berth::definition
