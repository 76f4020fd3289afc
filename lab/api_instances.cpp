// api_instances.cpp - the calls about container instances and their attributes.
#include <algorithm>
#include <tuple>

#include "base/log.hpp"
#include "lab/api.hpp"
#include "lab/task_change.hpp"

namespace berth::lab {

namespace {

constexpr Member kAttribute[] = {{"name", Kind::Text},
                                 {"value", Kind::Text},
                                 {"targetType", Kind::Text},
                                 {"targetId", Kind::Text}};
constexpr Member kAttributes[] = {{"attributes", Kind::Objects, kAttribute}};

Json described(Lab& lab, const Instance& instance, const Json& input) {
  Json shown = describe(instance, lab.use_of(instance));
  shown["tags"] = includes(input, "TAGS") ? instance.tags : Json::array();
  if (includes(input, "CONTAINER_INSTANCE_HEALTH")) {
    const Json& health = lab.reported_health(instance.arn);
    shown["healthStatus"] =
        health.is_null() ? Json{{"overallStatus", "INSUFFICIENT_DATA"}} : health;
  }
  return shown;
}

/// What a call names its instances by, in the cluster it names.
struct Wanted {
  const Cluster* cluster = nullptr;
  std::vector<std::string> ids;
};

Reply<Wanted> wanted_in(Lab& lab, const Json& input) {
  Wanted wanted;
  BERTH_TRY(const std::string cluster, text_in(input, "cluster"));
  BERTH_TRY(wanted.cluster, lab.find_cluster(cluster));
  BERTH_TRY(wanted.ids, texts_in(input, "containerInstances"));
  if (wanted.ids.empty()) return parameter_fault("Container instance cannot be empty.");
  if (wanted.ids.size() > 100) {
    return parameter_fault("containerInstances can have at most 100 items.");
  }
  return wanted;
}

Json missing(Lab& lab, const std::string& cluster, const std::string& id) {
  return failure(
      id.starts_with("arn:") ? id : lab.names().in_cluster("container-instance", cluster, id),
      "MISSING");
}

/// The instance an attribute is for. fails: TargetNotFoundException, InvalidParameterException.
Reply<Instance*> target_of(Lab& lab, const std::string& cluster, const Json& attribute) {
  const std::string type = attribute.value("targetType", "container-instance");
  if (type != "container-instance") return parameter_fault("Invalid targetType: " + type);
  Instance* found = lab.find_instance(cluster, attribute.value("targetId", ""));
  if (!found) {
    return Fault{"TargetNotFoundException",
                 "The specified target wasn't found: " + attribute.value("targetId", "")};
  }
  return found;
}

Json shown_attribute(const Json& attribute, const Instance& instance) {
  Json shown = attribute;
  shown["targetType"] = "container-instance";
  shown["targetId"] = instance.arn;
  return shown;
}

}  // namespace

Reply<Json> describe_container_instances(Lab& lab, const Call& call) {
  BERTH_TRY(const Wanted wanted, wanted_in(lab, call.input));
  Json instances = Json::array();
  Json failures = Json::array();
  for (const std::string& id : wanted.ids) {
    const Instance* instance = lab.find_instance(wanted.cluster->name, id);
    if (instance) {
      instances.push_back(described(lab, *instance, call.input));
    } else {
      failures.push_back(missing(lab, wanted.cluster->name, id));
    }
  }
  return Json{{"containerInstances", instances}, {"failures", failures}};
}

Reply<Json> list_container_instances(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string cluster_name, text_in(call.input, "cluster"));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(cluster_name));
  BERTH_TRY(const std::string status, text_in(call.input, "status"));
  BERTH_TRY(const std::string filter, text_in(call.input, "filter"));
  std::optional<Expression> expression;
  if (!filter.empty()) {
    auto parsed = Expression::parse(filter);
    if (!parsed) return parameter_fault(parsed.error().message);
    expression = std::move(*parsed);
  }
  std::vector<std::tuple<WallTime, std::string>> found;
  for (const auto& [arn, instance] : lab.instances()) {
    if (instance.cluster != cluster->name) continue;
    if (status.empty() ? instance.status == "INACTIVE" : instance.status != status) continue;
    const Candidate candidate = lab.candidate_of(instance, {});
    if (expression && !expression->holds(subject_of(candidate))) continue;
    found.emplace_back(instance.registered_at, arn);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> arns;
  for (auto& [registered, arn] : found) arns.push_back(std::move(arn));
  return page_of(arns, call.input, "containerInstanceArns");
}

Reply<Json> deregister_container_instance(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string cluster_name, text_in(call.input, "cluster"));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(cluster_name));
  BERTH_TRY(const std::string id, text_in(call.input, "containerInstance"));
  BERTH_TRY(const bool force, boolean_in(call.input, "force", false));
  Instance* instance = lab.find_instance(cluster->name, id);
  if (!instance || instance->status == "INACTIVE") {
    return parameter_fault("The referenced container instance was not found.");
  }
  const std::vector<Task*> live = lab.live_tasks(instance->arn);
  if (!live.empty() && !force) return parameter_fault("Found running tasks on the instance.");
  // The agent goes on with its tasks, but nobody asks about them any more.
  for (Task* task : live) {
    task->stop_code = "UserInitiated";
    task->stopped_reason = "Container instance deregistration forced by user";
    end(*task, lab.now());
    BERTH_CHECK(lab.changed(*task));
  }
  BERTH_CHECK(lab.deactivate(*instance));
  log::info("instance deregistered", {{"instance", instance->arn}});
  return Json{{"containerInstance", described(lab, *instance, call.input)}};
}

Reply<Json> update_container_instances_state(Lab& lab, const Call& call) {
  BERTH_TRY(const Wanted wanted, wanted_in(lab, call.input));
  BERTH_TRY(const std::string status, text_in(call.input, "status"));
  if (status != "ACTIVE" && status != "DRAINING") {
    return parameter_fault("Container instance status should be one of [ACTIVE, DRAINING].");
  }
  if (wanted.ids.size() > 10)
    return parameter_fault("containerInstances can have at most 10 items.");
  Json instances = Json::array();
  Json failures = Json::array();
  for (const std::string& id : wanted.ids) {
    Instance* instance = lab.find_instance(wanted.cluster->name, id);
    if (!instance || instance->status == "INACTIVE") {
      failures.push_back(missing(lab, wanted.cluster->name, id));
      continue;
    }
    instance->status = status;
    ++instance->version;
    BERTH_CHECK(lab.keep(*instance));
    instances.push_back(described(lab, *instance, call.input));
  }
  return Json{{"containerInstances", instances}, {"failures", failures}};
}

Reply<Json> put_attributes(Lab& lab, const Call& call) {
  BERTH_CHECK(check_shape(call.input, kAttributes, ""));
  BERTH_TRY(const std::string cluster_name, text_in(call.input, "cluster"));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(cluster_name));
  Json put = Json::array();
  for (const auto& attribute : call.input.value("attributes", Json::array())) {
    BERTH_TRY(Instance * instance, target_of(lab, cluster->name, attribute));
    protocol::Attribute given{attribute.value("name", ""), std::nullopt, "", ""};
    if (attribute.contains("value")) given.value = attribute["value"].get<std::string>();
    if (given.name.empty()) return parameter_fault("Attribute name cannot be empty.");
    instance->put_attribute(given);
    ++instance->version;
    BERTH_CHECK(lab.keep(*instance));
    put.push_back(shown_attribute(attribute, *instance));
  }
  return Json{{"attributes", put}};
}

Reply<Json> delete_attributes(Lab& lab, const Call& call) {
  BERTH_CHECK(check_shape(call.input, kAttributes, ""));
  BERTH_TRY(const std::string cluster_name, text_in(call.input, "cluster"));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(cluster_name));
  Json deleted = Json::array();
  for (const auto& attribute : call.input.value("attributes", Json::array())) {
    BERTH_TRY(Instance * instance, target_of(lab, cluster->name, attribute));
    const std::string name = attribute.value("name", "");
    std::erase_if(instance->custom_attributes,
                  [&name](const auto& one) { return one.name == name; });
    ++instance->version;
    BERTH_CHECK(lab.keep(*instance));
    deleted.push_back(shown_attribute(attribute, *instance));
  }
  return Json{{"attributes", deleted}};
}

Reply<Json> list_attributes(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string cluster_name, text_in(call.input, "cluster"));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(cluster_name));
  BERTH_TRY(const std::string name, text_in(call.input, "attributeName"));
  BERTH_TRY(const std::string value, text_in(call.input, "attributeValue"));
  Json found = Json::array();
  for (const auto& [arn, instance] : lab.instances()) {
    if (instance.cluster != cluster->name || instance.status == "INACTIVE") continue;
    for (const auto* list : {&instance.attributes, &instance.custom_attributes}) {
      for (const auto& one : *list) {
        if (!name.empty() && one.name != name) continue;
        if (!value.empty() && one.value != value) continue;
        found.push_back(shown_attribute(protocol::encode(one), instance));
      }
    }
  }
  return Json{{"attributes", found}};
}

}  // namespace berth::lab
