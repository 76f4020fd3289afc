// shape.cpp - which type each member of a request must have; pure.
#include "controlplane/definition/shape.hpp"

#include <array>

namespace berth::definition {

namespace {

/// The service's own words for what came and what was wanted.
std::string_view came(const Json& value) {
  switch (value.type()) {
    case Json::value_t::string: return "STRING_VALUE";
    case Json::value_t::boolean: return value.get<bool>() ? "TRUE_VALUE" : "FALSE_VALUE";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return "NUMBER_VALUE";
    case Json::value_t::number_float: return "DECIMAL_VALUE";
    case Json::value_t::array: return "Start of list";
    case Json::value_t::object: return "Start of structure or map";
    default: return "NULL_VALUE";
  }
}

Fault wrong(const Json& value, std::string_view wanted, const std::string& where) {
  return {"SerializationException", where + ": " + std::string(came(value)) +
                                        " can not be converted to " + std::string(wanted)};
}

Reply<> check_one(const Json& value, const Member& member, const std::string& where);

Reply<> check_each(const Json& value, const Member& element, const std::string& where) {
  if (!value.is_array()) return wrong(value, "a List", where);
  for (std::size_t i = 0; i < value.size(); ++i) {
    BERTH_CHECK(check_one(value[i], element, where + "[" + std::to_string(i) + "]"));
  }
  return done();
}

Reply<> check_one(const Json& value, const Member& member, const std::string& where) {
  switch (member.kind) {
    case Kind::Text: return value.is_string() ? done() : wrong(value, "a String", where);
    case Kind::Integer:
      return value.is_number_integer() ? done() : wrong(value, "an Integer", where);
    case Kind::Number: return value.is_number() ? done() : wrong(value, "a Double", where);
    case Kind::Boolean: return value.is_boolean() ? done() : wrong(value, "a Boolean", where);
    case Kind::Texts: return check_each(value, {"", Kind::Text}, where);
    case Kind::Integers: return check_each(value, {"", Kind::Integer}, where);
    case Kind::Objects: return check_each(value, {"", Kind::Object, member.of}, where);
    case Kind::TextMap: {
      if (!value.is_object()) return wrong(value, "a Map", where);
      for (const auto& [key, text] : value.items()) {
        if (!text.is_string()) return wrong(text, "a String", where + "." + key);
      }
      return done();
    }
    case Kind::Object: return check_shape(value, member.of, where);
  }
  return done();
}

constexpr Member kNamed[] = {{"name", Kind::Text}, {"value", Kind::Text}};
constexpr Member kTyped[] = {{"type", Kind::Text}, {"value", Kind::Text}};
constexpr Member kPort[] = {
    {"containerPort", Kind::Integer},   {"hostPort", Kind::Integer}, {"protocol", Kind::Text},
    {"containerPortRange", Kind::Text}, {"name", Kind::Text},        {"appProtocol", Kind::Text}};
constexpr Member kMount[] = {
    {"sourceVolume", Kind::Text}, {"containerPath", Kind::Text}, {"readOnly", Kind::Boolean}};
constexpr Member kVolumesFrom[] = {{"sourceContainer", Kind::Text}, {"readOnly", Kind::Boolean}};
constexpr Member kCapabilities[] = {{"add", Kind::Texts}, {"drop", Kind::Texts}};
constexpr Member kDevice[] = {
    {"hostPath", Kind::Text}, {"containerPath", Kind::Text}, {"permissions", Kind::Texts}};
constexpr Member kTmpfs[] = {
    {"containerPath", Kind::Text}, {"size", Kind::Integer}, {"mountOptions", Kind::Texts}};
constexpr Member kLinux[] = {{"capabilities", Kind::Object, kCapabilities},
                             {"devices", Kind::Objects, kDevice},
                             {"initProcessEnabled", Kind::Boolean},
                             {"sharedMemorySize", Kind::Integer},
                             {"tmpfs", Kind::Objects, kTmpfs},
                             {"maxSwap", Kind::Integer},
                             {"swappiness", Kind::Integer}};
constexpr Member kSecret[] = {{"name", Kind::Text}, {"valueFrom", Kind::Text}};
constexpr Member kDepends[] = {{"containerName", Kind::Text}, {"condition", Kind::Text}};
constexpr Member kHost[] = {{"hostname", Kind::Text}, {"ipAddress", Kind::Text}};
constexpr Member kUlimit[] = {
    {"name", Kind::Text}, {"softLimit", Kind::Integer}, {"hardLimit", Kind::Integer}};
constexpr Member kLog[] = {{"logDriver", Kind::Text},
                           {"options", Kind::TextMap},
                           {"secretOptions", Kind::Objects, kSecret}};
constexpr Member kHealth[] = {{"command", Kind::Texts},
                              {"interval", Kind::Integer},
                              {"timeout", Kind::Integer},
                              {"retries", Kind::Integer},
                              {"startPeriod", Kind::Integer}};
constexpr Member kControl[] = {{"namespace", Kind::Text}, {"value", Kind::Text}};
constexpr Member kFirelens[] = {{"type", Kind::Text}, {"options", Kind::TextMap}};
constexpr Member kRegistry[] = {{"credentialsParameter", Kind::Text}};
constexpr Member kRestart[] = {{"enabled", Kind::Boolean},
                               {"ignoredExitCodes", Kind::Integers},
                               {"restartAttemptPeriod", Kind::Integer}};

constexpr Member kContainer[] = {{"name", Kind::Text},
                                 {"image", Kind::Text},
                                 {"repositoryCredentials", Kind::Object, kRegistry},
                                 {"cpu", Kind::Integer},
                                 {"memory", Kind::Integer},
                                 {"memoryReservation", Kind::Integer},
                                 {"links", Kind::Texts},
                                 {"portMappings", Kind::Objects, kPort},
                                 {"essential", Kind::Boolean},
                                 {"restartPolicy", Kind::Object, kRestart},
                                 {"entryPoint", Kind::Texts},
                                 {"command", Kind::Texts},
                                 {"environment", Kind::Objects, kNamed},
                                 {"environmentFiles", Kind::Objects, kTyped},
                                 {"mountPoints", Kind::Objects, kMount},
                                 {"volumesFrom", Kind::Objects, kVolumesFrom},
                                 {"linuxParameters", Kind::Object, kLinux},
                                 {"secrets", Kind::Objects, kSecret},
                                 {"dependsOn", Kind::Objects, kDepends},
                                 {"startTimeout", Kind::Integer},
                                 {"stopTimeout", Kind::Integer},
                                 {"versionConsistency", Kind::Text},
                                 {"hostname", Kind::Text},
                                 {"user", Kind::Text},
                                 {"workingDirectory", Kind::Text},
                                 {"disableNetworking", Kind::Boolean},
                                 {"privileged", Kind::Boolean},
                                 {"readonlyRootFilesystem", Kind::Boolean},
                                 {"dnsServers", Kind::Texts},
                                 {"dnsSearchDomains", Kind::Texts},
                                 {"extraHosts", Kind::Objects, kHost},
                                 {"dockerSecurityOptions", Kind::Texts},
                                 {"interactive", Kind::Boolean},
                                 {"pseudoTerminal", Kind::Boolean},
                                 {"dockerLabels", Kind::TextMap},
                                 {"ulimits", Kind::Objects, kUlimit},
                                 {"logConfiguration", Kind::Object, kLog},
                                 {"healthCheck", Kind::Object, kHealth},
                                 {"systemControls", Kind::Objects, kControl},
                                 {"resourceRequirements", Kind::Objects, kTyped},
                                 {"firelensConfiguration", Kind::Object, kFirelens},
                                 {"credentialSpecs", Kind::Texts}};

constexpr Member kHostVolume[] = {{"sourcePath", Kind::Text}};
constexpr Member kDockerVolume[] = {{"scope", Kind::Text},
                                    {"autoprovision", Kind::Boolean},
                                    {"driver", Kind::Text},
                                    {"driverOpts", Kind::TextMap},
                                    {"labels", Kind::TextMap}};
constexpr Member kEfsAccess[] = {{"accessPointId", Kind::Text}, {"iam", Kind::Text}};
constexpr Member kEfsVolume[] = {{"fileSystemId", Kind::Text},
                                 {"rootDirectory", Kind::Text},
                                 {"transitEncryption", Kind::Text},
                                 {"transitEncryptionPort", Kind::Integer},
                                 {"authorizationConfig", Kind::Object, kEfsAccess}};
constexpr Member kFsxAccess[] = {{"credentialsParameter", Kind::Text}, {"domain", Kind::Text}};
constexpr Member kFsxVolume[] = {{"fileSystemId", Kind::Text},
                                 {"rootDirectory", Kind::Text},
                                 {"authorizationConfig", Kind::Object, kFsxAccess}};
constexpr Member kVolume[] = {{"name", Kind::Text},
                              {"host", Kind::Object, kHostVolume},
                              {"dockerVolumeConfiguration", Kind::Object, kDockerVolume},
                              {"efsVolumeConfiguration", Kind::Object, kEfsVolume},
                              {"fsxWindowsFileServerVolumeConfiguration", Kind::Object, kFsxVolume},
                              {"configuredAtLaunch", Kind::Boolean}};
constexpr Member kConstraint[] = {{"type", Kind::Text}, {"expression", Kind::Text}};
constexpr Member kProxy[] = {
    {"type", Kind::Text}, {"containerName", Kind::Text}, {"properties", Kind::Objects, kNamed}};
constexpr Member kPlatform[] = {{"cpuArchitecture", Kind::Text},
                                {"operatingSystemFamily", Kind::Text}};
constexpr Member kAccelerator[] = {{"deviceName", Kind::Text}, {"deviceType", Kind::Text}};
constexpr Member kStorage[] = {{"sizeInGiB", Kind::Integer}};
constexpr Member kTag[] = {{"key", Kind::Text}, {"value", Kind::Text}};

constexpr Member kDefinition[] = {{"family", Kind::Text},
                                  {"taskRoleArn", Kind::Text},
                                  {"executionRoleArn", Kind::Text},
                                  {"networkMode", Kind::Text},
                                  {"containerDefinitions", Kind::Objects, kContainer},
                                  {"volumes", Kind::Objects, kVolume},
                                  {"placementConstraints", Kind::Objects, kConstraint},
                                  {"requiresCompatibilities", Kind::Texts},
                                  {"cpu", Kind::Text},
                                  {"memory", Kind::Text},
                                  {"tags", Kind::Objects, kTag},
                                  {"pidMode", Kind::Text},
                                  {"ipcMode", Kind::Text},
                                  {"proxyConfiguration", Kind::Object, kProxy},
                                  {"ephemeralStorage", Kind::Object, kStorage},
                                  {"runtimePlatform", Kind::Object, kPlatform},
                                  {"inferenceAccelerators", Kind::Objects, kAccelerator},
                                  {"enableFaultInjection", Kind::Boolean}};

}  // namespace

std::span<const Member> definition_shape() {
  return kDefinition;
}

Reply<> check_shape(const Json& value, std::span<const Member> members, const std::string& where) {
  if (!value.is_object()) return wrong(value, "a Structure", where);
  for (const Member& member : members) {
    const auto found = value.find(member.name);
    if (found == value.end() || found->is_null()) continue;
    const std::string inner =
        where.empty() ? std::string(member.name) : where + "." + std::string(member.name);
    BERTH_CHECK(check_one(*found, member, inner));
  }
  return done();
}

void drop_nulls(Json& value) {
  if (value.is_array()) {
    for (Json& element : value) drop_nulls(element);
  } else if (value.is_object()) {
    for (auto member = value.begin(); member != value.end();) {
      if (member->is_null()) {
        member = value.erase(member);
      } else {
        drop_nulls(*member++);
      }
    }
  }
}

}  // namespace berth::definition
