// views.cpp - one record, one view.
#include "agent/local/views.hpp"

#include "agent/model/ids.hpp"

namespace berth::local {

namespace {

/// ECS's word for it: everything before RUNNING is PENDING.
std::string shown(model::ContainerStatus status) {
  return status < model::ContainerStatus::Running ? "PENDING" : std::string(name_of(status));
}
std::string shown(model::TaskStatus status) {
  return status < model::TaskStatus::Running ? "PENDING" : std::string(name_of(status));
}

ContainerView view_of_container(const model::Record& record, std::size_t at) {
  const model::Container& asked = record.task.containers[at];
  const model::ContainerRecord& container = record.containers[at];
  ContainerView view;
  view.name = asked.name;
  view.runtime_id = model::container_id_of(model::task_id_of(record.task.arn), at);
  view.image = asked.image;
  view.status = shown(container.known);
  if (asked.health_check) view.health = std::string(name_of(container.health));
  if (container.exit) view.exit_code = container.exit->code;
  if (container.fault) view.reason = container.fault->message;
  view.restarts = container.restarts;
  if (container.created_at) view.log_directory = record.placement.logs_dir + "/" + asked.name;
  return view;
}

/// UNHEALTHY if any essential checked container is, HEALTHY if all checked ones are, else UNKNOWN.
std::string health_of(const model::Record& record) {
  bool any = false;
  bool all_healthy = true;
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    if (!record.task.containers[at].health_check) continue;
    const model::Health health = record.containers[at].health;
    any = true;
    all_healthy = all_healthy && health == model::Health::Healthy;
    if (health == model::Health::Unhealthy && record.task.containers[at].essential) {
      return "UNHEALTHY";
    }
  }
  return any && all_healthy ? "HEALTHY" : "UNKNOWN";
}

}  // namespace

FindingView view_of(const ledger::Finding& finding) {
  return {std::string(name_of(finding.kind)), std::string(name_of(finding.object.kind)),
          finding.object.name, finding.object.task, finding.reason};
}

TaskView view_of(const model::Record& record) {
  TaskView view;
  view.arn = record.task.arn;
  view.family = record.task.family;
  view.revision = record.task.version;
  view.status = shown(record.known);
  view.desired = std::string(name_of(record.goal));
  view.health = health_of(record);
  if (record.task.eni) {
    const model::Eni& eni = *record.task.eni;
    view.address = eni.ipv4.empty() ? eni.ipv6 : eni.ipv4;
  }
  if (view.address.empty() && !record.given_addresses.empty()) {
    view.address = record.given_addresses.front();
  }
  view.created = record.accepted_at;
  if (record.fault) view.stopped_reason = record.fault->message;
  for (std::size_t at = 0; at < record.containers.size(); ++at) {
    view.containers.push_back(view_of_container(record, at));
  }
  return view;
}

}  // namespace berth::local
