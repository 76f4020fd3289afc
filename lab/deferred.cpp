// deferred.cpp - what of a task definition is kept without being acted on yet; pure.
#include "lab/deferred.hpp"

#include <algorithm>
#include <span>

namespace berth::lab {

namespace {

constexpr const char* kOfTheTask[] = {"taskRoleArn", "executionRoleArn", "ipcMode",
                                      "ephemeralStorage", "enableFaultInjection"};
constexpr const char* kOfAVolume[] = {"dockerVolumeConfiguration", "efsVolumeConfiguration",
                                      "fsxWindowsFileServerVolumeConfiguration",
                                      "configuredAtLaunch"};
constexpr const char* kOfAContainer[] = {
    "secrets",     "environmentFiles", "repositoryCredentials", "firelensConfiguration", "links",
    "volumesFrom", "credentialSpecs",  "interactive",           "disableNetworking"};
constexpr const char* kWithoutOwnNames[] = {"dnsServers", "dnsSearchDomains"};
constexpr const char* kOfLinux[] = {"devices", "initProcessEnabled", "swappiness"};

/// False for what is there and asks for nothing.
bool asks(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || *found == false || *found == "") return false;
  return found->is_primitive() || !found->empty();
}

/// Output goes to the node's spool whatever the driver; a driver's options are nobody's.
bool asks_for_a_log_service(const Json& container) {
  if (!container.contains("logConfiguration")) return false;
  const Json& log = container["logConfiguration"];
  const std::string driver = log.value("logDriver", "");
  return (driver != "json-file" && driver != "none") || asks(log, "options") ||
         asks(log, "secretOptions");
}

/// Of the security options only no-new-privileges is acted on.
bool asks_for_other_security(const Json& container) {
  const Json options = container.value("dockerSecurityOptions", Json::array());
  return std::any_of(options.begin(), options.end(), [](const Json& one) {
    return !one.get_ref<const std::string&>().starts_with("no-new-privileges");
  });
}

/// GPUs are given; there are no other resources to give.
bool asks_for_other_resources(const Json& container) {
  const Json wanted = container.value("resourceRequirements", Json::array());
  return std::any_of(wanted.begin(), wanted.end(),
                     [](const Json& one) { return one.value("type", "") != "GPU"; });
}

void add(const Json& object, std::span<const char* const> members, const std::string& where,
         std::vector<std::string>& fields) {
  for (const char* member : members) {
    if (asks(object, member)) fields.push_back(where + member);
  }
}

void add_container(const Json& container, const std::string& where,
                   std::vector<std::string>& fields) {
  if (asks_for_a_log_service(container)) fields.push_back(where + "logConfiguration");
  if (asks_for_other_security(container)) fields.push_back(where + "dockerSecurityOptions");
  if (asks_for_other_resources(container)) fields.push_back(where + "resourceRequirements");
  add(container, kOfAContainer, where, fields);
  add(container.value("linuxParameters", Json::object()), kOfLinux, where + "linuxParameters.",
      fields);
}

}  // namespace

std::vector<std::string> deferred_fields(const Json& definition) {
  std::vector<std::string> fields;
  add(definition, kOfTheTask, "", fields);
  if (definition.value("pidMode", "") == "task") fields.push_back("pidMode");
  std::size_t at = 0;
  for (const Json& volume : definition["volumes"]) {
    add(volume, kOfAVolume, "volumes[" + std::to_string(at++) + "].", fields);
  }
  at = 0;
  const bool is_bridge = definition.value("networkMode", "bridge") == "bridge";
  for (const Json& container : definition["containerDefinitions"]) {
    const std::string where = "containerDefinitions[" + std::to_string(at++) + "].";
    add_container(container, where, fields);
    if (!is_bridge) add(container, kWithoutOwnNames, where, fields);
  }
  return fields;
}

}  // namespace berth::lab
