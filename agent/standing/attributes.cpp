// attributes.cpp - what a definition requires against what the node registers.
#include "agent/standing/attributes.hpp"

#include <algorithm>
#include <array>

namespace berth::standing {

namespace {

constexpr const char* kTaskEni = "ecs.capability.task-eni";
constexpr const char* kArchitecture = "ecs.cpu-architecture";

/// The field that makes a definition require an attribute. source: controlplane/definition,
/// requirements.cpp.
struct Asker {
  std::string_view attribute;
  std::string_view member;     ///< of the task or of a container: "logConfiguration/logDriver"
  bool ends_in_value = false;  ///< the attribute ends in the field's value
};
constexpr std::array kAskers{
    Asker{kTaskEni, "networkMode"},
    Asker{"ecs.capability.aws-appmesh", "proxyConfiguration"},
    Asker{"ecs.capability.pid-ipc-namespace-sharing", "pidMode"},
    Asker{"ecs.capability.pid-ipc-namespace-sharing", "ipcMode"},
    Asker{"com.amazonaws.ecs.capability.task-iam-role", "taskRoleArn"},
    Asker{"com.amazonaws.ecs.capability.privileged-container", "privileged"},
    Asker{"com.amazonaws.ecs.capability.logging-driver.", "logConfiguration/logDriver", true},
    Asker{"ecs.capability.firelens.", "firelensConfiguration/type", true},
    Asker{"ecs.capability.secrets.", "secrets"}};

bool registers(const Node& node, const std::string& attribute) {
  return std::find(node.attributes.begin(), node.attributes.end(), attribute) !=
         node.attributes.end();
}

bool asks(const Json& object, const Asker& asker, const std::string& attribute) {
  const Json::json_pointer member("/" + std::string(asker.member));
  if (!object.contains(member)) return false;
  const Json& value = object[member];
  if (asker.ends_in_value) return value == attribute.substr(asker.attribute.size());
  return value != false && !(value.is_array() && value.empty());
}

/// "containerDefinitions[1].logConfiguration.logDriver" and the like; none when nobody knows.
std::vector<std::string> fields_asking(const Json& definition, const std::string& attribute) {
  std::vector<std::string> fields;
  for (const Asker& asker : kAskers) {
    if (!attribute.starts_with(asker.attribute)) continue;
    std::string member(asker.member);
    std::replace(member.begin(), member.end(), '/', '.');
    if (asks(definition, asker, attribute)) fields.push_back(member);
    const Json& containers = definition["containerDefinitions"];
    for (std::size_t at = 0; at < containers.size(); ++at) {
      if (!asks(containers[at], asker, attribute)) continue;
      fields.push_back("containerDefinitions[" + std::to_string(at) + "]." + member);
    }
  }
  return fields;
}

}  // namespace

std::vector<inbox::Refused> refused_by_placement(const Json& definition, const Node& node) {
  std::vector<inbox::Refused> refused;
  if (node.sender == Sender::File) return refused;
  const bool is_amazon = node.sender == Sender::AmazonEcs;
  const std::string places =
      std::string(is_amazon ? "Amazon ECS" : "the control plane") + " places such tasks on nodes ";
  for (const Json& one : definition["requiresAttributes"]) {
    const std::string name = one["name"];
    if ((!is_amazon && name != kTaskEni) || registers(node, name)) continue;
    const std::string why =
        places + "with the attribute " + name + ", which this one does not register";
    const std::vector<std::string> fields = fields_asking(definition, name);
    for (const std::string& field : fields) refused.push_back({field, field + ": " + why});
    if (fields.empty()) refused.push_back({"", why});
  }
  if (is_amazon || !registers(node, kArchitecture)) return refused;
  const std::string wanted =
      definition.value("runtimePlatform", Json::object()).value("cpuArchitecture", "");
  const std::string& own = node.facts.architecture;
  const bool is_another =
      (wanted == "X86_64" && own != "x86_64") || (wanted == "ARM64" && own != "arm64");
  if (!is_another) return refused;
  const std::string field = "runtimePlatform.cpuArchitecture";
  refused.push_back(
      {field, field + " \"" + wanted + "\": " + places + "that have it; this one is " + own});
  return refused;
}

}  // namespace berth::standing
