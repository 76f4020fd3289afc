// api_run.cpp - RunTask and StartTask: from a request to placed tasks.
#include <algorithm>

#include "base/log.hpp"
#include "controlplane/definition/gpus.hpp"
#include "controlplane/definition/task_definition.hpp"
#include "lab/api.hpp"
#include "lab/awsvpc.hpp"

namespace berth::lab {

namespace {

constexpr std::int64_t kMostTasks = 10;  // ECS API, RunTask count

constexpr Member kNamed[] = {{"name", Kind::Text}, {"value", Kind::Text}};
constexpr Member kTyped[] = {{"type", Kind::Text}, {"value", Kind::Text}};
constexpr Member kContainerOverride[] = {{"name", Kind::Text},
                                         {"command", Kind::Texts},
                                         {"environment", Kind::Objects, kNamed},
                                         {"environmentFiles", Kind::Objects, kTyped},
                                         {"cpu", Kind::Integer},
                                         {"memory", Kind::Integer},
                                         {"memoryReservation", Kind::Integer},
                                         {"resourceRequirements", Kind::Objects, kTyped}};
constexpr Member kOverrides[] = {{"containerOverrides", Kind::Objects, kContainerOverride},
                                 {"cpu", Kind::Text},
                                 {"memory", Kind::Text},
                                 {"taskRoleArn", Kind::Text},
                                 {"executionRoleArn", Kind::Text}};
constexpr Member kVpc[] = {
    {"subnets", Kind::Texts}, {"securityGroups", Kind::Texts}, {"assignPublicIp", Kind::Text}};
constexpr Member kNetwork[] = {{"awsvpcConfiguration", Kind::Object, kVpc}};
constexpr Member kConstraint[] = {{"type", Kind::Text}, {"expression", Kind::Text}};
constexpr Member kStrategy[] = {{"type", Kind::Text}, {"field", Kind::Text}};
constexpr Member kProvider[] = {
    {"capacityProvider", Kind::Text}, {"weight", Kind::Integer}, {"base", Kind::Integer}};
constexpr Member kRunTask[] = {{"overrides", Kind::Object, kOverrides},
                               {"networkConfiguration", Kind::Object, kNetwork},
                               {"placementConstraints", Kind::Objects, kConstraint},
                               {"placementStrategy", Kind::Objects, kStrategy},
                               {"capacityProviderStrategy", Kind::Objects, kProvider}};

/// What RunTask and StartTask have in common, checked.
struct Order {
  const Cluster* cluster = nullptr;
  const Definition* definition = nullptr;
  Task pattern;  ///< every task is made after it
};

Reply<const Definition*> definition_in(Lab& lab, const Json& input) {
  BERTH_TRY(const std::string text, text_in(input, "taskDefinition"));
  const auto name = parse_definition_name(text);
  const Definition* found = name ? lab.definitions().find(*name) : nullptr;
  if (!found) return client_fault("TaskDefinition not found.");
  if (!found->active) return client_fault("TaskDefinition is inactive");
  return found;
}

Reply<Json> overrides_in(const Json& input, const Json& definition) {
  Json overrides = input.value("overrides", Json::object());
  for (const auto& one : overrides.value("containerOverrides", Json::array())) {
    const std::string name = one.value("name", "");
    const Json& containers = definition["containerDefinitions"];
    const bool known = std::any_of(containers.begin(), containers.end(),
                                   [&name](const Json& c) { return c["name"] == name; });
    if (!known) {
      return parameter_fault("Override for container named " + name +
                             " is not a container in the TaskDefinition.");
    }
    BERTH_CHECK(definition::check_resource_requirements(one));
  }
  if (overrides.contains("cpu") && !definition::cpu_units(overrides["cpu"].get<std::string>())) {
    return parameter_fault("Invalid 'cpu' setting in overrides.");
  }
  if (overrides.contains("memory") &&
      !definition::memory_mib(overrides["memory"].get<std::string>())) {
    return parameter_fault("Invalid 'memory' setting in overrides.");
  }
  if (!overrides.contains("containerOverrides")) overrides["containerOverrides"] = Json::array();
  if (!overrides.contains("inferenceAcceleratorOverrides")) {
    overrides["inferenceAcceleratorOverrides"] = Json::array();
  }
  return overrides;
}

Reply<std::string> launch_type_in(const Json& input, const Json& definition) {
  BERTH_TRY(std::string launch_type, text_in(input, "launchType"));
  const Json providers = input.value("capacityProviderStrategy", Json::array());
  if (!providers.empty()) {
    if (!launch_type.empty()) {
      return parameter_fault(
          "Specifying both a launch type and capacity provider strategy is not supported. Remove "
          "one and try again.");
    }
    const std::string provider = providers[0].value("capacityProvider", "");
    if (!provider.starts_with("FARGATE")) {
      return parameter_fault("The specified capacity provider was not found: " + provider);
    }
    launch_type = "FARGATE";
  }
  if (launch_type.empty()) launch_type = "EC2";
  if (launch_type != "EC2" && launch_type != "FARGATE" && launch_type != "EXTERNAL") {
    return parameter_fault("Invalid launchType: " + launch_type);
  }
  const Json& compatible = definition["compatibilities"];
  if (std::find(compatible.begin(), compatible.end(), Json(launch_type)) == compatible.end()) {
    return parameter_fault("Task definition does not support launch_type " + launch_type + ".");
  }
  return launch_type;
}

/// Tags of the request over those the definition passes on.
Reply<Json> task_tags(const Json& input, const Definition& definition, const Cluster& cluster) {
  BERTH_TRY(const Json own, tags_of(input));
  BERTH_TRY(const std::string propagate, text_in(input, "propagateTags"));
  BERTH_TRY(const bool managed, boolean_in(input, "enableECSManagedTags", false));
  Json tags = propagate == "TASK_DEFINITION" ? definition.tags : Json::array();
  if (managed) {
    tags.push_back({{"key", "aws:ecs:clusterName"}, {"value", cluster.name}});
  }
  return merged_tags(tags, own);
}

std::vector<TaskContainer> containers_of(const Json& definition, const Json& overrides) {
  std::vector<TaskContainer> containers;
  for (const auto& one : definition["containerDefinitions"]) {
    TaskContainer container;
    container.name = one["name"];
    container.image = one["image"];
    container.essential = one["essential"];
    container.checked = definition::has_health_check(one);
    Json changed = one;
    for (const auto& override : overrides["containerOverrides"]) {
      if (override.value("name", "") == container.name) changed.update(override);
    }
    container.gpus = definition::gpus_of(changed);
    container.cpu = std::to_string(changed.value("cpu", std::int64_t{0}));
    if (changed.contains("memory")) {
      container.memory = std::to_string(changed["memory"].get<std::int64_t>());
    }
    if (changed.contains("memoryReservation")) {
      container.reservation = std::to_string(changed["memoryReservation"].get<std::int64_t>());
    }
    containers.push_back(std::move(container));
  }
  return containers;
}

Reply<Order> order_in(Lab& lab, const Json& input) {
  BERTH_CHECK(check_shape(input, kRunTask, ""));
  Order order;
  BERTH_TRY(const std::string cluster, text_in(input, "cluster"));
  BERTH_TRY(order.cluster, lab.find_cluster(cluster));
  BERTH_TRY(order.definition, definition_in(lab, input));
  const Json& definition = order.definition->shown;
  Task& task = order.pattern;
  BERTH_TRY(task.network, network_in(lab, input, definition));
  BERTH_TRY(task.overrides, overrides_in(input, definition));
  BERTH_TRY(task.tags, task_tags(input, *order.definition, *order.cluster));
  BERTH_TRY(task.group, text_in(input, "group"));
  BERTH_TRY(task.started_by, text_in(input, "startedBy"));
  BERTH_TRY(task.execute_command, boolean_in(input, "enableExecuteCommand", false));
  task.cluster = order.cluster->name;
  task.definition_arn = order.definition->arn;
  task.family = order.definition->family;
  task.revision = order.definition->revision;
  if (task.group.empty()) task.group = "family:" + task.family;
  if (task.started_by.size() > 128) {
    return parameter_fault("startedBy can have at most 128 characters.");
  }
  for (auto [name, size] : {std::pair{"cpu", &task.cpu}, {"memory", &task.memory}}) {
    const Json& from = task.overrides.contains(name) ? task.overrides : definition;
    if (from.contains(name)) *size = from[name].get<std::string>();
  }
  task.demand = demand_of(definition, task.overrides);
  task.containers = containers_of(definition, task.overrides);
  return order;
}

Reply<Placement> placement_in(const Json& input, const Order& order) {
  Placement placement;
  placement.demand = order.pattern.demand;
  placement.group = order.pattern.group;
  const Json& definition = order.definition->shown;
  Json constraints = input.value("placementConstraints", Json::array());
  if (constraints.size() > 10) {
    return parameter_fault("placementConstraints can have at most 10 items.");
  }
  for (const auto& one : definition["placementConstraints"]) constraints.push_back(one);
  for (const auto& one : constraints) {
    const std::string type = one.value("type", "");
    if (type == "distinctInstance") {
      placement.distinct_instance = true;
    } else if (type == "memberOf") {
      auto expression = Expression::parse(one.value("expression", ""));
      if (!expression) return parameter_fault(expression.error().message);
      placement.expressions.push_back(std::move(*expression));
    } else {
      return parameter_fault("Invalid placement constraint type: " + type);
    }
  }
  const std::string architecture =
      definition.value("runtimePlatform", Json::object()).value("cpuArchitecture", "");
  placement.architecture = architecture == "X86_64"  ? "x86_64"
                           : architecture == "ARM64" ? "arm64"
                                                     : "";
  for (const auto& one : input.value("placementStrategy", Json::array())) {
    const std::string type = one.value("type", "");
    if (type == "random") placement.strategy = Placement::Strategy::Random;
    if (type == "binpack") {
      placement.strategy = one.value("field", "") == "cpu" ? Placement::Strategy::BinpackCpu
                                                           : Placement::Strategy::BinpackMemory;
    }
    break;  // the first decides; the others would only break ties
  }
  return placement;
}

/// An entry of failures[] for an instance that the task does not fit on.
Json misfit(const Placement& placement, const Candidate& candidate) {
  const std::string reason = obstacle(placement, candidate).value_or("");
  const std::string detail = reason == kNoInterface ? *candidate.no_address : "";
  return failure(candidate.instance->arn, reason, detail);
}

/// Makes one task on that instance.
Reply<Task*> create(Lab& lab, const Order& order, const Instance& instance) {
  Task task = order.pattern;
  task.id = lab.random().hex(32);
  task.arn = lab.names().in_cluster("task", task.cluster, task.id);
  task.instance_arn = instance.arn;
  task.created_at = lab.now();
  give_gpus(task, lab.use_of(instance).remaining.gpus);
  for (TaskContainer& container : task.containers) {
    container.arn =
        lab.names().arn("container", task.cluster + "/" + task.id + "/" + lab.random().uuid());
  }
  BERTH_TRY(Task * added, lab.add_task(std::move(task)));
  log::info("task placed", {{"task", added->id}, {"instance", instance.id}});
  return added;
}

Json with_tags(Lab& lab, const Task& task) {
  Json shown = describe_task(lab, task);
  shown["tags"] = task.tags;
  return shown;
}

/// Tasks that an earlier call with the same clientToken made.
Json earlier_tasks(Lab& lab, const Order& order) {
  Json tasks = Json::array();
  if (order.pattern.client_token.empty()) return tasks;
  for (const auto& [id, task] : lab.tasks()) {
    if (task.cluster == order.pattern.cluster && task.client_token == order.pattern.client_token) {
      tasks.push_back(with_tags(lab, task));
    }
  }
  return tasks;
}

}  // namespace

Reply<Json> run_task(Lab& lab, const Call& call) {
  BERTH_TRY(Order order, order_in(lab, call.input));
  BERTH_TRY(const std::int64_t count, integer_in(call.input, "count", 1));
  if (count < 1 || count > kMostTasks) {
    return parameter_fault("count must be between 1 and 10, but is " + std::to_string(count) + ".");
  }
  BERTH_TRY(order.pattern.launch_type, launch_type_in(call.input, order.definition->shown));
  BERTH_TRY(order.pattern.client_token, text_in(call.input, "clientToken"));
  BERTH_TRY(const Placement placement, placement_in(call.input, order));
  Json tasks = earlier_tasks(lab, order);
  Json failures = Json::array();
  if (!tasks.empty()) return Json{{"tasks", tasks}, {"failures", failures}};

  for (std::int64_t made = 0; made < count && failures.empty(); ++made) {
    std::vector<Candidate> candidates;
    for (const auto& [arn, instance] : lab.instances()) {
      if (instance.cluster == order.cluster->name && instance.status == "ACTIVE") {
        candidates.push_back(lab.candidate_of(instance, order.pattern.subnets()));
      }
    }
    if (candidates.empty()) {
      return parameter_fault("No Container Instances were found in your cluster.");
    }
    const auto chosen = choose(placement, candidates, lab.random());
    if (chosen) {
      BERTH_TRY(const Task* task, create(lab, order, *candidates[*chosen].instance));
      tasks.push_back(with_tags(lab, *task));
      continue;
    }
    for (const Candidate& candidate : candidates) {
      failures.push_back(misfit(placement, candidate));
    }
  }
  return Json{{"tasks", tasks}, {"failures", failures}};
}

Reply<Json> start_task(Lab& lab, const Call& call) {
  BERTH_TRY(Order order, order_in(lab, call.input));
  BERTH_TRY(const std::vector<std::string> wanted, texts_in(call.input, "containerInstances"));
  if (wanted.empty()) return parameter_fault("Container instance cannot be empty.");
  if (wanted.size() > static_cast<std::size_t>(kMostTasks)) {
    return parameter_fault("containerInstances can have at most 10 items.");
  }
  order.pattern.launch_type = "EC2";
  BERTH_TRY(const Placement placement, placement_in(Json::object(), order));
  Json tasks = Json::array();
  Json failures = Json::array();
  for (const std::string& id : wanted) {
    const Instance* instance = lab.find_instance(order.cluster->name, id);
    if (!instance || instance->status == "INACTIVE") {
      const std::string arn =
          id.starts_with("arn:")
              ? id
              : lab.names().in_cluster("container-instance", order.cluster->name, id);
      failures.push_back(failure(arn, instance ? "INACTIVE" : "MISSING"));
      continue;
    }
    const Candidate candidate = lab.candidate_of(*instance, order.pattern.subnets());
    if (obstacle(placement, candidate)) {
      failures.push_back(misfit(placement, candidate));
      continue;
    }
    BERTH_TRY(const Task* task, create(lab, order, *instance));
    tasks.push_back(with_tags(lab, *task));
  }
  return Json{{"tasks", tasks}, {"failures", failures}};
}

}  // namespace berth::lab
