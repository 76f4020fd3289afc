// task_definition.cpp - what may be registered, and how it reads afterwards; pure.
#include "controlplane/definition/task_definition.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "controlplane/definition/plain_name.hpp"
#include "controlplane/definition/shape.hpp"

namespace berth::definition {

namespace {

constexpr std::size_t kMostContainers = 10;  // ECS service quotas, "containers per task definition"
constexpr std::int64_t kLeastTaskCpu = 128;  // ECS API, TaskDefinition.cpu
constexpr std::int64_t kMostTaskCpu = 196608;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

/// A whole positive number after scaling: "0.5" times 1024 is 512.
std::optional<std::int64_t> scaled(std::string_view number, std::int64_t scale) {
  number = trimmed(number, " ");
  double value = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (failed != std::errc() || end != number.data() + number.size()) return std::nullopt;
  value *= static_cast<double>(scale);
  if (!(value >= 1) || value > 2147483647 || value != std::trunc(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> without_suffix(std::string_view text, std::string_view suffix,
                                           std::int64_t scale) {
  if (!text.ends_with(suffix)) return std::nullopt;
  return scaled(text.substr(0, text.size() - suffix.size()), scale);
}

/// Replaces a task-level size by its number as text, as the service shows it.
Reply<> normalise_size(Json& definition, const char* name,
                       std::optional<std::int64_t> (*parse)(std::string_view)) {
  if (!definition.contains(name)) return done();
  const auto size = parse(definition[name].get<std::string>());
  const bool is_cpu = std::string_view(name) == "cpu";
  if (!size || (is_cpu && (*size < kLeastTaskCpu || *size > kMostTaskCpu))) {
    return client_fault("Invalid '" + std::string(name) +
                        "' setting for task. For more information, see the Troubleshooting "
                        "section of the Amazon ECS Developer Guide.");
  }
  definition[name] = std::to_string(*size);
  return done();
}

Reply<> check_fargate(const Json& definition) {
  if (!detail::requires_compatibility(definition, "FARGATE")) return done();
  if (definition.value("networkMode", "") != "awsvpc") {
    return client_fault("Fargate only supports network mode \u2018awsvpc\u2019.");
  }
  for (const char* size : {"cpu", "memory"}) {
    if (!definition.contains(size)) {
      return client_fault("Fargate requires that '" + std::string(size) +
                          "' be defined at the task level.");
    }
  }
  const std::string cpu = definition["cpu"];
  const std::string memory = definition["memory"];
  if (!is_fargate_size(std::stoll(cpu), std::stoll(memory))) {
    return client_fault("No Fargate configuration exists for given values: " + cpu + " CPU, " +
                        memory + " memory. See the Amazon ECS documentation for the valid values.");
  }
  return done();
}

Reply<> check_modes(const Json& definition) {
  struct Choice {
    const char* member;
    std::vector<std::string_view> allowed;
  };
  const Choice choices[] = {{"networkMode", {"bridge", "host", "awsvpc", "none"}},
                            {"pidMode", {"host", "task"}},
                            {"ipcMode", {"host", "task", "none"}}};
  for (const Choice& choice : choices) {
    if (!definition.contains(choice.member)) continue;
    const std::string value = definition[choice.member];
    if (std::find(choice.allowed.begin(), choice.allowed.end(), value) == choice.allowed.end()) {
      return client_fault("Invalid " + std::string(choice.member) + " '" + value +
                          "'. Valid values: [" + joined(choice.allowed) + "]");
    }
  }
  for (const auto& launch_type : definition.value("requiresCompatibilities", Json::array())) {
    const std::string name = launch_type;
    if (name != "EC2" && name != "FARGATE" && name != "EXTERNAL" && name != "MANAGED_INSTANCES") {
      return client_fault("Invalid requiresCompatibilities value '" + name +
                          "'. Valid values: [EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]");
    }
  }
  if (detail::requires_compatibility(definition, "EXTERNAL") &&
      definition.value("networkMode", "") == "awsvpc") {
    return client_fault("External instances do not support network mode 'awsvpc'.");
  }
  return done();
}

Reply<> check_volumes(const Json& definition) {
  std::vector<std::string> names;
  for (const auto& volume : definition["volumes"]) {
    const std::string name = volume.value("name", "");
    if (!is_plain_name(name)) {
      return client_fault("Volume name '" + name + "' contains invalid characters.");
    }
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return client_fault("Volume name '" + name + "' is used more than once.");
    }
    names.push_back(name);
  }
  for (const auto& container : definition["containerDefinitions"]) {
    for (const auto& mount : container["mountPoints"]) {
      const std::string source = mount.value("sourceVolume", "");
      if (std::find(names.begin(), names.end(), source) == names.end()) {
        return client_fault("Unknown volume '" + source + "'.");
      }
      if (mount.value("containerPath", "").empty()) {
        return client_fault("Invalid setting for container '" +
                            container["name"].get<std::string>() +
                            "'. 'containerPath' of the mount point of volume '" + source +
                            "' should not be null or empty.");
      }
    }
  }
  return done();
}

/// A task-level size is the ceiling of what its containers ask for.
Reply<> check_totals(const Json& definition) {
  std::int64_t cpu = 0;
  std::int64_t reserved = 0;
  for (const auto& container : definition["containerDefinitions"]) {
    cpu += container.value("cpu", std::int64_t{0});
    const std::int64_t memory = container.value("memory", std::int64_t{0});
    reserved += container.value("memoryReservation", memory);
    if (definition.contains("memory")) {
      const std::string limit = definition["memory"];
      if (memory > std::stoll(limit)) {
        return client_fault("Invalid setting for container '" +
                            container["name"].get<std::string>() + "'. 'memory' " +
                            std::to_string(memory) + " is greater than the task's 'memory' " +
                            limit + ".");
      }
    }
  }
  if (definition.contains("cpu") && cpu > std::stoll(definition["cpu"].get<std::string>())) {
    return client_fault("The containers' 'cpu' adds up to " + std::to_string(cpu) +
                        ", more than the task's 'cpu' " + definition["cpu"].get<std::string>() +
                        ".");
  }
  if (definition.contains("memory") &&
      reserved > std::stoll(definition["memory"].get<std::string>())) {
    return client_fault("The containers' memory adds up to " + std::to_string(reserved) +
                        ", more than the task's 'memory' " +
                        definition["memory"].get<std::string>() + ".");
  }
  return done();
}

Reply<> check_constraints(const Json& definition) {
  for (const auto& constraint : definition["placementConstraints"]) {
    if (constraint.value("type", "") != "memberOf") {
      return client_fault("Invalid placementConstraints type '" + constraint.value("type", "") +
                          "'. Valid values: [memberOf]");
    }
  }
  return done();
}

}  // namespace

std::optional<std::int64_t> cpu_units(std::string_view text) {
  const std::string plain = lower(trimmed(text, " "));
  for (std::string_view suffix : {"vcpus", "vcpu"}) {
    if (auto size = without_suffix(plain, suffix, 1024)) return size;
  }
  return scaled(plain, 1);
}

std::optional<std::int64_t> memory_mib(std::string_view text) {
  const std::string plain = lower(trimmed(text, " "));
  for (std::string_view suffix : {"gib", "gb"}) {
    if (auto size = without_suffix(plain, suffix, 1024)) return size;
  }
  for (std::string_view suffix : {"mib", "mb"}) {
    if (auto size = without_suffix(plain, suffix, 1)) return size;
  }
  return scaled(plain, 1);
}

bool is_fargate_size(std::int64_t cpu, std::int64_t memory) {
  struct Range {
    std::int64_t cpu, least, most, step;
  };
  constexpr Range kRanges[] = {{512, 1024, 4096, 1024},    {1024, 2048, 8192, 1024},
                               {2048, 4096, 16384, 1024},  {4096, 8192, 30720, 1024},
                               {8192, 16384, 61440, 4096}, {16384, 32768, 122880, 8192}};
  if (cpu == 256) return memory == 512 || memory == 1024 || memory == 2048;
  for (const Range& range : kRanges) {
    if (range.cpu != cpu) continue;
    return memory >= range.least && memory <= range.most && memory % range.step == 0;
  }
  return false;
}

bool has_health_check(const Json& container) {
  return container.contains("healthCheck") && container["healthCheck"]["command"][0] != "NONE";
}

Reply<Json> normalised_definition(Json request) {
  BERTH_CHECK(check_shape(request, definition_shape(), ""));
  drop_nulls(request);
  request.erase("tags");
  if (!is_plain_name(request.value("family", ""))) {
    return client_fault("Family contains invalid characters.");
  }
  Json& containers = request["containerDefinitions"];
  if (!containers.is_array() || containers.empty()) {
    return client_fault("Container list cannot be empty.");
  }
  if (containers.size() > kMostContainers) {
    return client_fault("Container list has " + std::to_string(containers.size()) +
                        " entries; a task definition can have at most 10.");
  }
  if (!request.contains("volumes")) request["volumes"] = Json::array();
  if (!request.contains("placementConstraints")) request["placementConstraints"] = Json::array();
  BERTH_CHECK(normalise_size(request, "cpu", cpu_units));
  BERTH_CHECK(normalise_size(request, "memory", memory_mib));
  BERTH_CHECK(check_modes(request));
  BERTH_CHECK(check_fargate(request));
  for (Json& container : containers) BERTH_CHECK(detail::check_container(container, request));
  BERTH_CHECK(detail::check_containers_together(containers));
  BERTH_CHECK(check_volumes(request));
  BERTH_CHECK(check_totals(request));
  BERTH_CHECK(check_constraints(request));
  BERTH_CHECK(detail::check_proxy(request));
  detail::add_requirements(request);
  return request;
}

}  // namespace berth::definition
