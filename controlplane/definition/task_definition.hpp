// task_definition.hpp - what may be registered, and how it reads afterwards; pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "controlplane/definition/fault.hpp"

namespace berth::definition {

/// Checks a RegisterTaskDefinition request and fills in the service's defaults. What comes back is
/// the taskDefinition as DescribeTaskDefinition shows it, without ARN, revision, status and times;
/// members this program does not know are kept.
///
/// fails:  SerializationException (a member of the wrong type), ClientException (with the service's
///         wording where it is known; otherwise naming field, value and rule).
Reply<Json> normalised_definition(Json request);

/// "256", "1 vCPU", ".5 vcpu" as CPU units; "512", "1GB", "0.5 GB" as MiB. nullopt: neither.
std::optional<std::int64_t> cpu_units(std::string_view text);
std::optional<std::int64_t> memory_mib(std::string_view text);

/// True when Fargate knows this pair. source: ECS developer guide, "Task CPU and memory".
bool is_fargate_size(std::int64_t cpu_units, std::int64_t memory_mib);

/// True when the container has a health check. ["NONE"] is none.
bool has_health_check(const Json& container);

namespace detail {

/// container_checks.cpp: one container on its own. Fills in its defaults.
Reply<> check_container(Json& container, const Json& definition);
/// container_checks.cpp: what containers say of each other.
Reply<> check_containers_together(const Json& containers);
/// proxy_checks.cpp: proxyConfiguration, when there is one.
Reply<> check_proxy(const Json& definition);
/// requirements.cpp: adds compatibilities and requiresAttributes.
void add_requirements(Json& definition);
/// True when requiresCompatibilities names it.
bool requires_compatibility(const Json& definition, std::string_view launch_type);

}  // namespace detail

}  // namespace berth::definition
