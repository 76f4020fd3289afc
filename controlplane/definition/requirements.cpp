// requirements.cpp - which launch types and instance attributes a definition asks for; pure.
#include <algorithm>
#include <set>

#include "controlplane/definition/gpus.hpp"
#include "controlplane/definition/task_definition.hpp"

namespace berth::definition::detail {

namespace {

constexpr const char* kDockerApi = "com.amazonaws.ecs.capability.docker-remote-api.";

bool any_container(const Json& definition, const char* member) {
  const Json& containers = definition["containerDefinitions"];
  return std::any_of(containers.begin(), containers.end(), [member](const Json& container) {
    return container.contains(member) && !container[member].empty();
  });
}

bool any_gpu(const Json& definition) {
  const Json& containers = definition["containerDefinitions"];
  return std::any_of(containers.begin(), containers.end(),
                     [](const Json& container) { return gpus_of(container) > 0; });
}

/// What one container asks of an instance.
void add_for_container(const Json& container, std::set<std::string>& names) {
  if (container.contains("healthCheck")) names.insert("ecs.capability.container-health-check");
  if (container.value("privileged", false)) {
    names.insert("com.amazonaws.ecs.capability.privileged-container");
  }
  if (container.contains("dependsOn") || container.contains("startTimeout") ||
      container.contains("stopTimeout")) {
    names.insert("ecs.capability.container-ordering");
  }
  if (container.contains("restartPolicy")) names.insert("ecs.capability.container-restart-policy");
  if (container.contains("logConfiguration")) {
    names.insert("com.amazonaws.ecs.capability.logging-driver." +
                 container["logConfiguration"].value("logDriver", ""));
    names.insert(std::string(kDockerApi) + "1.19");
  }
  if (container.contains("firelensConfiguration")) {
    names.insert("ecs.capability.firelens." + container["firelensConfiguration"].value("type", ""));
  }
  for (const auto& secret : container.value("secrets", Json::array())) {
    const bool is_manager =
        secret.value("valueFrom", "").find(":secretsmanager:") != std::string::npos;
    names.insert(is_manager ? "ecs.capability.secrets.asm.environment-variables"
                            : "ecs.capability.secrets.ssm.environment-variables");
  }
}

Json compatibilities(const Json& definition) {
  const bool own_interface = definition.value("networkMode", "") == "awsvpc";
  Json list = Json::array({"EC2"});
  if (!own_interface) list.push_back("EXTERNAL");
  if (own_interface && definition.contains("cpu") && definition.contains("memory") &&
      is_fargate_size(std::stoll(definition["cpu"].get<std::string>()),
                      std::stoll(definition["memory"].get<std::string>())) &&
      !any_container(definition, "links") && !any_gpu(definition)) {
    list.push_back("FARGATE");
  }
  return list;
}

}  // namespace

bool requires_compatibility(const Json& definition, std::string_view launch_type) {
  const auto found = definition.find("requiresCompatibilities");
  if (found == definition.end()) return false;
  return std::find(found->begin(), found->end(), Json(launch_type)) != found->end();
}

void add_requirements(Json& definition) {
  std::set<std::string> names;
  for (const auto& container : definition["containerDefinitions"]) {
    add_for_container(container, names);
  }
  if (definition.value("networkMode", "") == "awsvpc") {
    names.insert("ecs.capability.task-eni");
    names.insert(std::string(kDockerApi) + "1.18");
  }
  if (definition.contains("proxyConfiguration")) names.insert("ecs.capability.aws-appmesh");
  if (definition.contains("taskRoleArn")) {
    names.insert("com.amazonaws.ecs.capability.task-iam-role");
    names.insert(std::string(kDockerApi) + "1.17");
  }
  if (definition.contains("pidMode") || definition.contains("ipcMode")) {
    names.insert("ecs.capability.pid-ipc-namespace-sharing");
  }
  Json attributes = Json::array();
  for (const std::string& name : names) attributes.push_back({{"name", name}});
  definition["requiresAttributes"] = std::move(attributes);
  definition["compatibilities"] = compatibilities(definition);
}

}  // namespace berth::definition::detail
