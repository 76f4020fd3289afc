// container_checks.cpp - the rules of one container definition, and of several together; pure.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "controlplane/definition/gpus.hpp"
#include "controlplane/definition/plain_name.hpp"
#include "controlplane/definition/task_definition.hpp"

namespace berth::definition::detail {

namespace {

constexpr std::int64_t kLeastMemory = 4;  // Docker refuses a container with less, in MiB

std::string quoted_name(const Json& container) {
  return "'" + container.value("name", "") + "'";
}

Fault invalid(const Json& container, const std::string& rule) {
  return client_fault("Invalid setting for container " + quoted_name(container) + ". " + rule);
}

/// "'interval' must be between 5 and 300, but is 1."
Reply<> check_range(const Json& container, const Json& object, const char* member,
                    std::int64_t least, std::int64_t most, const std::string& prefix) {
  if (!object.contains(member)) return done();
  const std::int64_t value = object[member];
  if (value >= least && value <= most) return done();
  return invalid(container, prefix + "'" + member + "' must be between " + std::to_string(least) +
                                " and " + std::to_string(most) + ", but is " +
                                std::to_string(value) + ".");
}

Reply<> check_identity(const Json& container) {
  for (const char* member : {"name", "image"}) {
    if (container.value(member, "").empty()) {
      return client_fault("Container." + std::string(member) + " should not be null or empty.");
    }
  }
  if (!is_plain_name(container["name"].get<std::string>())) {
    return client_fault("Container.name contains invalid characters.");
  }
  const std::string image = container["image"];
  const bool odd = std::any_of(image.begin(), image.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '$' || c == '\'' || c == '"' || c == '\\';
  });
  if (odd) return client_fault("Container.image contains invalid characters.");
  return done();
}

Reply<> check_sizes(const Json& container, const Json& definition) {
  if (!container.contains("memory") && !container.contains("memoryReservation") &&
      !definition.contains("memory")) {
    return invalid(container, "At least one of 'memory' or 'memoryReservation' must be specified.");
  }
  constexpr std::int64_t kMost = 2147483647;
  BERTH_CHECK(check_range(container, container, "cpu", 0, kMost, ""));
  BERTH_CHECK(check_range(container, container, "memory", kLeastMemory, kMost, ""));
  BERTH_CHECK(check_range(container, container, "memoryReservation", kLeastMemory, kMost, ""));
  if (container.contains("memory") && container.contains("memoryReservation") &&
      container["memoryReservation"] > container["memory"]) {
    return invalid(container, "'memoryReservation' must not be greater than 'memory'.");
  }
  return done();
}

Reply<> check_timeouts(const Json& container, const Json& definition) {
  for (const char* member : {"startTimeout", "stopTimeout"}) {
    if (!container.contains(member)) continue;
    const std::int64_t seconds = container[member];
    const std::string kind = std::string_view(member) == "startTimeout" ? "start" : "stop";
    if (seconds < 2) {
      return client_fault("Granular " + kind + " timeout on container " + quoted_name(container) +
                          " must be at least 2 seconds.");
    }
    if (seconds > 120 && kind == "stop" && requires_compatibility(definition, "FARGATE")) {
      return client_fault(
          "Tasks using the Fargate launch type must have a container stop timeout of less than "
          "120 seconds.");
    }
  }
  return done();
}

Reply<> check_port(Json& port, const Json& container, const std::string& mode) {
  if (!port.contains("protocol")) port["protocol"] = "tcp";
  const std::string protocol = port["protocol"];
  if (protocol != "tcp" && protocol != "udp") {
    return invalid(container,
                   "Port mapping 'protocol' must be tcp or udp, but is '" + protocol + "'.");
  }
  const bool same = mode == "awsvpc" || mode == "host";
  if (port.contains("containerPortRange")) {
    if (port.contains("containerPort") || port.contains("hostPort")) {
      return invalid(container,
                     "'containerPortRange' excludes 'containerPort' and 'hostPort' in one port "
                     "mapping.");
    }
    return done();
  }
  if (!port.contains("containerPort")) {
    return invalid(container, "Port mapping without 'containerPort'.");
  }
  BERTH_CHECK(check_range(container, port, "containerPort", 1, 65535, "Port mapping "));
  BERTH_CHECK(check_range(container, port, "hostPort", 0, 65535, "Port mapping "));
  if (!port.contains("hostPort")) port["hostPort"] = same ? port["containerPort"] : Json(0);
  if (same && port["hostPort"] == 0 && mode == "host") port["hostPort"] = port["containerPort"];
  if (same && port["hostPort"] != port["containerPort"]) {
    return client_fault("When networkMode=" + mode +
                        ", the host ports and container ports in port mappings must match.");
  }
  return done();
}

Reply<> check_health(Json& container) {
  if (!container.contains("healthCheck")) return done();
  Json& check = container["healthCheck"];
  const Json command = check.value("command", Json::array());
  const std::string form = command.empty() ? "" : command[0].get<std::string>();
  const bool complete = form == "NONE"        ? command.size() == 1
                        : form == "CMD-SHELL" ? command.size() == 2
                                              : form == "CMD" && command.size() > 1;
  if (!complete) {
    return invalid(container,
                   "Health check 'command' must be [\"CMD\", program, ...] or [\"CMD-SHELL\", "
                   "one string], but is " +
                       command.dump() + ".");
  }
  struct Setting {
    const char* member;
    std::int64_t least, most;
    std::optional<std::int64_t> otherwise;
  };
  const Setting settings[] = {{"interval", 5, 300, 30},
                              {"timeout", 2, 60, 5},
                              {"retries", 1, 10, 3},
                              {"startPeriod", 0, 300, std::nullopt}};
  for (const Setting& setting : settings) {
    BERTH_CHECK(check_range(container, check, setting.member, setting.least, setting.most,
                            "Health check "));
    if (!check.contains(setting.member) && setting.otherwise) {
      check[setting.member] = *setting.otherwise;
    }
  }
  return done();
}

Reply<> check_log(const Json& container, const Json& definition) {
  if (!container.contains("logConfiguration")) return done();
  const Json& log = container["logConfiguration"];
  const std::string driver = log.value("logDriver", "");
  const bool fargate = requires_compatibility(definition, "FARGATE");
  const std::set<std::string> known =
      fargate ? std::set<std::string>{"awslogs", "splunk", "awsfirelens"}
              : std::set<std::string>{"json-file", "syslog", "journald",    "gelf", "fluentd",
                                      "awslogs",   "splunk", "awsfirelens", "none"};
  if (!known.contains(driver)) {
    return client_fault(driver + " is not a valid log driver. Must be one of [" +
                        joined(known, ",") + "]");
  }
  if (driver != "awslogs") return done();
  const Json options = log.value("options", Json::object());
  if (!options.contains("awslogs-region") || !options.contains("awslogs-group")) {
    return client_fault("Log driver awslogs requires options: awslogs-region, awslogs-group");
  }
  if (fargate && !definition.contains("executionRoleArn")) {
    return client_fault(
        "Fargate requires task definition to have execution role ARN to support log driver "
        "awslogs.");
  }
  return done();
}

Reply<> check_secret_list(const Json& container, const Json& list) {
  for (const auto& secret : list) {
    for (const char* member : {"name", "valueFrom"}) {
      if (!secret.value(member, "").empty()) continue;
      return invalid(container,
                     "A secret's '" + std::string(member) + "' should not be null or empty.");
    }
  }
  return done();
}

Reply<> check_secrets(const Json& container, const Json& definition) {
  const Json secrets = container.value("secrets", Json::array());
  const Json log = container.value("logConfiguration", Json::object());
  const Json options = log.value("secretOptions", Json::array());
  BERTH_CHECK(check_secret_list(container, secrets));
  BERTH_CHECK(check_secret_list(container, options));
  if ((secrets.empty() && options.empty()) || definition.contains("executionRoleArn")) {
    return done();
  }
  return client_fault(
      "When you are specifying container secrets, you must also specify a value for "
      "'executionRoleArn'.");
}

Reply<> check_network_fields(const Json& container, const std::string& mode) {
  if (mode == "awsvpc") {
    for (const char* member : {"hostname", "dnsServers", "dnsSearchDomains", "extraHosts"}) {
      if (container.contains(member) && !container[member].empty()) {
        return client_fault(std::string(member) +
                            " is not supported on container when networkMode=awsvpc.");
      }
    }
  }
  if (mode != "" && mode != "bridge" && container.contains("links") &&
      !container["links"].empty()) {
    return client_fault("Links are not supported when networkMode=" + mode + ".");
  }
  return done();
}

Reply<> check_restart(const Json& container) {
  if (!container.contains("restartPolicy")) return done();
  const Json& policy = container["restartPolicy"];
  if (!policy.contains("enabled")) {
    return invalid(container, "'restartPolicy.enabled' must be specified.");
  }
  BERTH_CHECK(check_range(container, policy, "restartAttemptPeriod", 60, 1800, "Restart policy "));
  if (policy.value("ignoredExitCodes", Json::array()).size() > 50) {
    return invalid(container, "Restart policy 'ignoredExitCodes' can have at most 50 entries.");
  }
  return done();
}

Reply<> check_ulimits(const Json& container) {
  for (const auto& limit : container.value("ulimits", Json::array())) {
    const std::int64_t soft = limit.value("softLimit", std::int64_t{0});
    const std::int64_t hard = limit.value("hardLimit", std::int64_t{0});
    if (hard >= 0 && (soft < 0 || soft > hard)) {
      return invalid(container, "Ulimit '" + limit.value("name", "") + "' has a soft limit " +
                                    std::to_string(soft) + " above its hard limit " +
                                    std::to_string(hard) + ".");
    }
  }
  return done();
}

/// The container of that name; nullptr when there is none.
const Json* named(const Json& containers, const std::string& name) {
  for (const auto& container : containers) {
    if (container["name"] == name) return &container;
  }
  return nullptr;
}

Reply<> check_dependency(const Json& dependency, const Json& container, const Json& containers) {
  const std::string name = dependency.value("containerName", "");
  const std::string condition = dependency.value("condition", "");
  const Json* target = named(containers, name);
  if (!target || name == container["name"]) {
    return client_fault("Cannot depend on container + '" + name + "' because it does not exist");
  }
  if (condition == "START") return done();
  if (condition == "SUCCESS" || condition == "COMPLETE") {
    if (!target->value("essential", true)) return done();
    return client_fault(
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential "
        "container");
  }
  if (condition == "HEALTHY") {
    if (has_health_check(*target)) return done();
    return client_fault(
        "A dependency container with HEALTHY condition must have a health check: '" + name +
        "' has none");
  }
  return invalid(container, "'dependsOn' condition '" + condition +
                                "' is not one of [START, COMPLETE, SUCCESS, HEALTHY].");
}

/// Follows dependsOn, links and volumesFrom; true when `name` leads back to a container on `path`.
bool is_circular(const Json& containers, const std::string& name, std::set<std::string>& path,
                 std::set<std::string>& done_before) {
  if (done_before.contains(name)) return false;
  const Json* container = named(containers, name);
  if (!container) return false;
  if (!path.insert(name).second) return true;
  std::vector<std::string> next;
  for (const auto& one : container->value("dependsOn", Json::array())) {
    next.push_back(one.value("containerName", ""));
  }
  for (const auto& one : container->value("links", Json::array())) {
    const std::string link = one;
    next.push_back(link.substr(0, link.find(':')));
  }
  for (const auto& one : container->value("volumesFrom", Json::array())) {
    next.push_back(one.value("sourceContainer", ""));
  }
  for (const std::string& other : next) {
    if (is_circular(containers, other, path, done_before)) return true;
  }
  path.erase(name);
  done_before.insert(name);
  return false;
}

}  // namespace

Reply<> check_container(Json& container, const Json& definition) {
  BERTH_CHECK(check_identity(container));
  if (!container.contains("cpu")) container["cpu"] = 0;
  if (!container.contains("essential")) container["essential"] = true;
  for (const char* list :
       {"portMappings", "environment", "mountPoints", "volumesFrom", "systemControls"}) {
    if (!container.contains(list)) container[list] = Json::array();
  }
  const std::string mode = definition.value("networkMode", "");
  BERTH_CHECK(check_sizes(container, definition));
  BERTH_CHECK(check_timeouts(container, definition));
  for (Json& port : container["portMappings"]) BERTH_CHECK(check_port(port, container, mode));
  BERTH_CHECK(check_health(container));
  BERTH_CHECK(check_log(container, definition));
  BERTH_CHECK(check_secrets(container, definition));
  BERTH_CHECK(check_network_fields(container, mode));
  BERTH_CHECK(check_restart(container));
  BERTH_CHECK(check_ulimits(container));
  BERTH_CHECK(check_resource_requirements(container));
  if (gpus_of(container) > 0 && requires_compatibility(definition, "FARGATE")) {
    return client_fault("Fargate compatible task definitions do not support GPUs.");
  }
  if (container.value("privileged", false) && requires_compatibility(definition, "FARGATE")) {
    return client_fault("Fargate compatible task definitions do not support 'privileged'.");
  }
  return done();
}

Reply<> check_containers_together(const Json& containers) {
  std::set<std::string> names;
  std::set<std::string> ports;
  bool essential = false;
  for (const auto& container : containers) {
    const std::string name = container["name"];
    if (!names.insert(name).second) {
      return client_fault("Container.name must be unique within a task definition: '" + name +
                          "' is used more than once.");
    }
    essential = essential || container.value("essential", true);
    for (const auto& port : container["portMappings"]) {
      if (port.value("hostPort", 0) == 0) continue;
      const std::string text =
          std::to_string(port["hostPort"].get<int>()) + "/" + port["protocol"].get<std::string>();
      if (!ports.insert(text).second) {
        return client_fault("Host port " + text + " is mapped more than once.");
      }
    }
  }
  if (!essential) return client_fault("Task definition does not have any essential container.");
  std::set<std::string> checked;
  for (const auto& container : containers) {
    for (const auto& dependency : container.value("dependsOn", Json::array())) {
      BERTH_CHECK(check_dependency(dependency, container, containers));
    }
    for (const auto& other : container["volumesFrom"]) {
      const std::string source = other.value("sourceContainer", "");
      if (!named(containers, source)) {
        return invalid(container,
                       "'volumesFrom' names container '" + source + "', which does not exist.");
      }
    }
    for (const auto& one : container.value("links", Json::array())) {
      const std::string link = one;
      if (!named(containers, link.substr(0, link.find(':')))) {
        return invalid(container, "'links' names container '" + link.substr(0, link.find(':')) +
                                      "', which does not exist.");
      }
    }
    std::set<std::string> path;
    if (is_circular(containers, container["name"], path, checked)) {
      return client_fault("Container " + quoted_name(container) +
                          " depends on itself: the container dependencies form a cycle.");
    }
  }
  return done();
}

}  // namespace berth::definition::detail
