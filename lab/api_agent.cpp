// api_agent.cpp - the calls of agents: register, find the sessions, report.
#include <algorithm>

#include "base/log.hpp"
#include "controlplane/protocol/instance.hpp"
#include "controlplane/protocol/state_change.hpp"
#include "lab/api.hpp"
#include "lab/task_change.hpp"

namespace berth::lab {

namespace {

/// A request that cannot be read as the agent's own structures.
template <class Request>
Reply<Request> decoded(const Json& input) {
  auto request = protocol::decode<Request>(input);
  if (!request) return parameter_fault(request.error().message);
  return std::move(*request);
}

/// Attributes the service or the agent's own capabilities own; the others are a person's.
bool is_capability(const std::string& name) {
  return name.starts_with("ecs.") || name.starts_with("com.amazonaws.ecs.") ||
         name.starts_with("berth.");
}

Json acknowledged() {
  return {{"acknowledgment", "ACCEPT"}};
}

Reply<Instance*> known_instance(Lab& lab, const std::string& cluster,
                                const protocol::RegisterContainerInstanceRequest& request) {
  if (!request.container_instance_arn.empty()) {
    Instance* found = lab.find_instance(cluster, request.container_instance_arn);
    if (!found) {
      return client_fault("The referenced container instance was not found: " +
                          request.container_instance_arn);
    }
    return found;
  }
  if (!request.client_token.empty()) {
    for (auto& [arn, instance] : lab.instances()) {
      if (instance.cluster == cluster && instance.client_token == request.client_token) {
        return &instance;
      }
    }
  }
  return static_cast<Instance*>(nullptr);
}

/// Takes what the agent says of itself. Custom attributes come only the first time and stay.
void take_registration(Lab& lab, Instance& instance,
                       const protocol::RegisterContainerInstanceRequest& request) {
  instance.resources = request.total_resources;
  std::vector<std::string> gpus;
  for (const protocol::PlatformDevice& device : request.platform_devices) {
    if (device.type == kGpuResource) gpus.push_back(device.id);
  }
  if (!gpus.empty()) {
    instance.resources.push_back(
        protocol::string_set_resource(std::string(kGpuResource), std::move(gpus)));
  }
  instance.client_token = request.client_token;
  instance.attributes.clear();
  for (const protocol::Attribute& attribute : request.attributes) {
    if (is_capability(attribute.name)) {
      instance.attributes.push_back(attribute);
    } else {
      instance.put_attribute(attribute);
    }
  }
  instance.attributes.push_back({"ecs.availability-zone", lab.settings().region + "a", "", ""});
  Json tags = Json::array();
  for (const protocol::Tag& tag : request.tags) tags.push_back(protocol::encode(tag));
  instance.tags = merged_tags(instance.tags, tags);
}

Reply<> check_resources(const protocol::RegisterContainerInstanceRequest& request) {
  for (const char* name : {"CPU", "MEMORY"}) {
    const bool there = std::any_of(
        request.total_resources.begin(), request.total_resources.end(), [name](const auto& one) {
          return one.name == name && one.integer_value && *one.integer_value > 0;
        });
    if (!there) {
      return parameter_fault("totalResources: " + std::string(name) +
                             " must be an INTEGER greater than 0.");
    }
  }
  return done();
}

void log_report(const Task& task, TaskStatus before) {
  if (task.status == before) return;
  log::info("task changed",
            {{"task", task.id}, {"status", name_of(task.status)}, {"reason", task.stopped_reason}});
}

}  // namespace

Reply<Json> register_container_instance(Lab& lab, const Call& call) {
  BERTH_TRY(const auto request, decoded<protocol::RegisterContainerInstanceRequest>(call.input));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(request.cluster));
  BERTH_CHECK(check_resources(request));
  BERTH_TRY(Instance * instance, known_instance(lab, cluster->name, request));
  const bool is_new = !instance;
  if (is_new) {
    Instance fresh;
    fresh.cluster = cluster->name;
    BERTH_TRY(instance, lab.add_instance(std::move(fresh)));
  } else {
    ++instance->version;
    if (instance->status == "INACTIVE") instance->status = "ACTIVE";
  }
  take_registration(lab, *instance, request);
  lab.network_changed();  // it may make its tasks' interfaces in another way now
  BERTH_CHECK(lab.keep(*instance));
  log::info(is_new ? "instance registered" : "instance registered again",
            {{"instance", instance->arn}});
  Json shown = describe(*instance, lab.use_of(*instance));
  shown["tags"] = instance->tags;
  return Json{{"containerInstance", shown}};
}

Reply<Json> discover_poll_endpoint(Lab& lab, const Call& call) {
  BERTH_TRY(const auto request, decoded<protocol::DiscoverPollEndpointRequest>(call.input));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(request.cluster));
  if (!request.container_instance.empty() &&
      !lab.find_instance(cluster->name, request.container_instance)) {
    return client_fault("The referenced container instance was not found.");
  }
  return Json{{"endpoint", call.base_url + "/acs/"},
              {"telemetryEndpoint", call.base_url + "/tcs/"}};
}

Reply<Json> submit_task_state_change(Lab& lab, const Call& call) {
  BERTH_TRY(const auto report, decoded<protocol::SubmitTaskStateChangeRequest>(call.input));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(report.cluster));
  Task* task = lab.find_task(cluster->name, report.task);
  if (!task) return parameter_fault("The referenced task was not found.");
  const TaskStatus before = task->status;
  for (const protocol::AttachmentStateChange& change : report.attachments) {
    if (task->interface && change.attachment_arn == task->interface->attachment_arn &&
        change.status == "ATTACHED") {
      attached(*task);
    }
  }
  if (!report.status.empty()) apply(*task, report, lab.now());
  log_report(*task, before);
  BERTH_CHECK(lab.changed(*task));
  return acknowledged();
}

Reply<Json> submit_container_state_change(Lab& lab, const Call& call) {
  BERTH_TRY(const auto report, decoded<protocol::SubmitContainerStateChangeRequest>(call.input));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(report.cluster));
  Task* task = lab.find_task(cluster->name, report.task);
  if (!task) return parameter_fault("The referenced task was not found.");
  protocol::SubmitTaskStateChangeRequest whole;
  whole.status = "PENDING";  // says nothing of the task itself
  whole.containers.push_back(report.container);
  apply(*task, whole, lab.now());
  BERTH_CHECK(lab.changed(*task));
  return acknowledged();
}

Reply<Json> submit_attachment_state_changes(Lab& lab, const Call& call) {
  BERTH_TRY(const auto report, decoded<protocol::SubmitAttachmentStateChangesRequest>(call.input));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(report.cluster));
  for (auto& [id, task] : lab.tasks()) {
    if (task.cluster != cluster->name || !task.interface) continue;
    for (const protocol::AttachmentStateChange& change : report.attachments) {
      if (change.attachment_arn != task.interface->attachment_arn) continue;
      if (change.status == "ATTACHED" && attached(task)) BERTH_CHECK(lab.changed(task));
    }
  }
  return acknowledged();
}

}  // namespace berth::lab
