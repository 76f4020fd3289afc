// api_tasks.cpp - stopping, describing and listing tasks.
#include <algorithm>
#include <tuple>

#include "lab/api.hpp"
#include "lab/task_change.hpp"

namespace berth::lab {

namespace {

/// What ListTasks asks for; "" is any.
struct Filter {
  std::string instance_arn, family, started_by, desired, launch_type;

  bool takes(const Task& task) const {
    auto is = [](const std::string& wanted, const std::string& value) {
      return wanted.empty() || wanted == value;
    };
    return is(instance_arn, task.instance_arn) && is(family, task.family) &&
           is(started_by, task.started_by) && is(desired, task.desired) &&
           is(launch_type, task.launch_type);
  }
};

Reply<Filter> filter_in(Lab& lab, const std::string& cluster, const Json& input) {
  Filter filter;
  BERTH_TRY(filter.family, text_in(input, "family"));
  BERTH_TRY(filter.started_by, text_in(input, "startedBy"));
  BERTH_TRY(filter.desired, text_in(input, "desiredStatus"));
  BERTH_TRY(filter.launch_type, text_in(input, "launchType"));
  BERTH_TRY(const std::string instance, text_in(input, "containerInstance"));
  if (filter.desired.empty()) filter.desired = "RUNNING";
  if (filter.desired != "RUNNING" && filter.desired != "STOPPED" && filter.desired != "PENDING") {
    return parameter_fault("Invalid desiredStatus: " + filter.desired);
  }
  if (!instance.empty()) {
    const Instance* found = lab.find_instance(cluster, instance);
    if (!found) return parameter_fault("The referenced container instance was not found.");
    filter.instance_arn = found->arn;
  }
  return filter;
}

}  // namespace

Reply<Json> stop_task(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string cluster_name, text_in(call.input, "cluster"));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(cluster_name));
  BERTH_TRY(const std::string id, text_in(call.input, "task"));
  BERTH_TRY(std::string reason, text_in(call.input, "reason"));
  if (reason.size() > 1024) return parameter_fault("reason can have at most 1024 characters.");
  if (reason.empty()) reason = "Task stopped by user";
  Task* task = lab.find_task(cluster->name, id);
  if (!task) return parameter_fault("The referenced task was not found.");
  want_stopped(*task, "UserInitiated", reason, lab.now());
  BERTH_CHECK(lab.changed(*task));
  return Json{{"task", describe_task(lab, *task)}};
}

Reply<Json> describe_tasks(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string cluster_name, text_in(call.input, "cluster"));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(cluster_name));
  BERTH_TRY(const std::vector<std::string> wanted, texts_in(call.input, "tasks"));
  if (wanted.empty()) return parameter_fault("Tasks cannot be empty.");
  if (wanted.size() > 100) return parameter_fault("tasks can have at most 100 items.");
  Json tasks = Json::array();
  Json failures = Json::array();
  for (const std::string& id : wanted) {
    const Task* task = lab.find_task(cluster->name, id);
    if (!task) {
      const std::string arn =
          id.starts_with("arn:") ? id : lab.names().in_cluster("task", cluster->name, id);
      failures.push_back(failure(arn, "MISSING"));
      continue;
    }
    Json shown = describe_task(lab, *task);
    shown["tags"] = includes(call.input, "TAGS") ? task->tags : Json::array();
    tasks.push_back(std::move(shown));
  }
  return Json{{"tasks", tasks}, {"failures", failures}};
}

Reply<Json> list_tasks(Lab& lab, const Call& call) {
  BERTH_TRY(const std::string cluster_name, text_in(call.input, "cluster"));
  BERTH_TRY(const Cluster* cluster, lab.find_cluster(cluster_name));
  BERTH_TRY(const std::string service, text_in(call.input, "serviceName"));
  if (!service.empty()) return Fault{"ServiceNotFoundException", "Service not found."};
  BERTH_TRY(const Filter filter, filter_in(lab, cluster->name, call.input));
  std::vector<std::tuple<WallTime, std::string>> found;
  for (const auto& [id, task] : lab.tasks()) {
    if (task.cluster == cluster->name && filter.takes(task)) {
      found.emplace_back(task.created_at, task.arn);
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> arns;
  for (auto& [created, arn] : found) arns.push_back(std::move(arn));
  return page_of(arns, call.input, "taskArns");
}

}  // namespace berth::lab
