// proxy_checks.cpp - proxyConfiguration of a task definition; pure.
#include <algorithm>
#include <map>

#include "controlplane/definition/task_definition.hpp"
#include "controlplane/protocol/proxy.hpp"

namespace berth::definition::detail {

namespace {

Reply<std::map<std::string, std::string>> properties_of(const Json& proxy) {
  std::map<std::string, std::string> properties;
  for (const auto& one : proxy.value("properties", Json::array())) {
    const std::string name = one.value("name", "");
    if (!one.contains("value")) {
      return client_fault("ProxyConfiguration properties value cannot be null.");
    }
    if (!properties.emplace(name, one["value"].get<std::string>()).second) {
      return client_fault("proxyConfiguration.properties: '" + name + "' is given twice.");
    }
  }
  return properties;
}

}  // namespace

Reply<> check_proxy(const Json& definition) {
  if (!definition.contains("proxyConfiguration")) return done();
  const Json& proxy = definition["proxyConfiguration"];
  if (const std::string type = proxy.value("type", "APPMESH"); type != "APPMESH") {
    return client_fault("Invalid proxyConfiguration type '" + type + "'. Valid values: [APPMESH]");
  }
  // source: ECS's own words, aws/aws-cdk#4476.
  if (definition.value("networkMode", "") != "awsvpc") {
    return client_fault("APPMESH proxy configuration is only supported in networkMode=awsvpc");
  }
  const std::string container = proxy.value("containerName", "");
  const Json& containers = definition["containerDefinitions"];
  const bool is_there =
      std::any_of(containers.begin(), containers.end(),
                  [&container](const Json& one) { return one.value("name", "") == container; });
  if (!is_there) {
    return client_fault("Invalid proxyConfiguration containerName '" + container +
                        "'. It must be the name of a container of this task definition.");
  }
  BERTH_TRY(const auto properties, properties_of(proxy));
  if (const auto read = protocol::proxy_properties(properties); !read) {
    return client_fault(read.error().message);
  }
  return done();
}

}  // namespace berth::definition::detail
