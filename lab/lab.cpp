// lab.cpp - what the lab knows, and the few ways to change it.
#include "lab/lab.hpp"

#include <algorithm>
#include <tuple>

#include "base/log.hpp"
#include "lab/task_change.hpp"

namespace berth::lab {

namespace {

/// How long a stopped task can be described. source: ECS keeps them for about an hour.
constexpr std::chrono::hours kKeepStopped{1};

constexpr std::string_view kAttachTimeout =
    "Timeout waiting for network interface provisioning to complete.";

Json record_of(const Cluster& cluster) {
  return {{"name", cluster.name},
          {"status", cluster.status},
          {"extra", cluster.extra},
          {"tags", cluster.tags}};
}

}  // namespace

Lab::Lab(Settings settings, Records records, Clock& clock, Nursery& nursery)
    : settings_(std::move(settings)),
      names_{settings_.region},
      records_(std::move(records)),
      clock_(clock),
      nursery_(nursery) {}

Result<std::unique_ptr<Lab>> Lab::open(Settings settings, const std::string& folder, Clock& clock,
                                       Nursery& nursery) {
  BERTH_TRY(Records records, Records::open(folder + "/lab.db"));
  std::unique_ptr<Lab> lab(new Lab(std::move(settings), std::move(records), clock, nursery));
  BERTH_CHECK(lab->load());
  return lab;
}

Result<> Lab::load() {
  BERTH_CHECK(check_origin());
  BERTH_CHECK(load_network());
  BERTH_CHECK(records_.load("cluster", [this](const Json& record) {
    Cluster cluster{record.value("name", ""), record.value("status", ""),
                    record.value("extra", Json::object()), record.value("tags", Json::array())};
    clusters_[cluster.name] = std::move(cluster);
    return ok();
  }));
  if (!clusters_.contains("default")) {
    clusters_["default"].name = "default";
    BERTH_CHECK(records_.save("cluster", "default", record_of(clusters_["default"])));
  }
  BERTH_CHECK(records_.load("definition", [this](const Json& record) -> Result<> {
    BERTH_TRY(Definition definition, definition_from_record(record));
    definitions_.restore(std::move(definition));
    return ok();
  }));
  BERTH_CHECK(records_.load("instance", [this](const Json& record) -> Result<> {
    BERTH_TRY(Instance instance, instance_from_record(record));
    if (instance.status == "INACTIVE") instance.blocks.clear();
    std::erase_if(instance.blocks,
                  [this](const auto& one) { return !subnets_.contains(one.first); });
    for (const auto& [subnet, block] : instance.blocks) subnets_.at(subnet).keep_block(block);
    instances_[instance.arn] = std::move(instance);
    return ok();
  }));
  return load_tasks();
}

Result<> Lab::load_tasks() {
  BERTH_CHECK(records_.load("task", [this](const Json& record) -> Result<> {
    BERTH_TRY(Task task, task_from_record(record));
    const std::string id = task.id;
    tasks_[id] = std::move(task);
    return ok();
  }));
  for (auto& [id, task] : tasks_) {
    if (task.status == TaskStatus::Deprovisioning) deprovisioned(task);
    if (!task.interface || task.status == TaskStatus::Stopped) continue;
    const auto subnet = subnets_.find(task.interface->subnet);
    if (subnet != subnets_.end()) subnet->second.keep(task.interface->addresses().front());
    if (task.is_live() && !task.interface->groups.empty()) members_.insert(id);
    if (task.status == TaskStatus::Provisioning) {
      nursery_.start("attach " + id, await_attachment(id, task.interface->attach_by));
    }
  }
  return ok();
}

Reply<Cluster*> Lab::find_cluster(const std::string& name_or_arn) {
  std::string name = name_or_arn.empty() ? "default" : name_or_arn;
  if (name.starts_with("arn:")) {
    if (kind_of(name) != "cluster")
      return parameter_fault("Invalid identifier: Identifier is for " + std::string(kind_of(name)) +
                             ". Your account id: " + std::string(kAccount));
    if (name != names_.cluster_arn(last_part(name))) return cluster_not_found();
    name = std::string(last_part(name));
  }
  const auto found = clusters_.find(name);
  if (found == clusters_.end() || found->second.status != "ACTIVE") return cluster_not_found();
  return &found->second;
}

Reply<> Lab::keep(const Cluster& cluster) {
  BERTH_CHECK(records_.save("cluster", cluster.name, record_of(cluster)));
  return done();
}

Reply<> Lab::keep(const Definition& definition) {
  BERTH_CHECK(records_.save("definition", definition.arn, to_record(definition)));
  return done();
}

Reply<> Lab::keep(const Instance& instance) {
  BERTH_CHECK(records_.save("instance", instance.arn, to_record(instance)));
  return done();
}

Instance* Lab::find_instance(const std::string& cluster, const std::string& id_or_arn) {
  const std::string arn = id_or_arn.starts_with("arn:")
                              ? id_or_arn
                              : names_.in_cluster("container-instance", cluster, id_or_arn);
  const auto found = instances_.find(arn);
  if (found == instances_.end() || found->second.cluster != cluster) return nullptr;
  return &found->second;
}

Reply<Instance*> Lab::add_instance(Instance instance) {
  instance.id = random_.hex(32);
  instance.arn = names_.in_cluster("container-instance", instance.cluster, instance.id);
  instance.registered_at = now();
  BERTH_CHECK(keep(instance));
  Instance& added = instances_[instance.arn] = std::move(instance);
  return &added;
}

Reply<> Lab::deactivate(Instance& instance) {
  for (const auto& [subnet, block] : instance.blocks) subnets_.at(subnet).give_back_block(block);
  instance.blocks.clear();
  instance.status = "INACTIVE";
  ++instance.version;
  hang_up(instance.arn);
  network_changed();
  return keep(instance);
}

std::vector<Task*> Lab::live_tasks(const std::string& instance_arn) {
  std::vector<Task*> found;
  for (auto& [id, task] : tasks_) {
    if (task.instance_arn == instance_arn && task.is_live()) found.push_back(&task);
  }
  std::sort(found.begin(), found.end(), [](const Task* a, const Task* b) {
    return std::tie(a->created_at, a->id) < std::tie(b->created_at, b->id);
  });
  return found;
}

InstanceUse Lab::use_of(const Instance& instance) const {
  InstanceUse use;
  use.remaining = instance.capacity();
  use.connected = is_connected(instance.arn);
  for (const auto& [id, task] : tasks_) {
    if (task.instance_arn != instance.arn || !task.is_live()) continue;
    // As the service counts: a task that is to stop has given back already what it takes, though
    // it may take it a while longer. The node makes those wait that come in its place.
    if (task.desired != "STOPPED") take(use.remaining, task.demand);
    ++(task.status == TaskStatus::Running ? use.running : use.pending);
  }
  return use;
}

Candidate Lab::candidate_of(const Instance& instance,
                            const std::vector<std::string>& subnets) const {
  Candidate candidate;
  candidate.instance = &instance;
  candidate.connected = is_connected(instance.arn);
  candidate.remaining = use_of(instance).remaining;
  candidate.no_address = no_address(instance, subnets);
  for (const auto& [id, task] : tasks_) {
    if (task.instance_arn == instance.arn && task.is_live()) candidate.groups.push_back(task.group);
  }
  return candidate;
}

Task* Lab::find_task(const std::string& cluster, const std::string& id_or_arn) {
  const auto found = tasks_.find(std::string(last_part(id_or_arn)));
  if (found == tasks_.end() || found->second.cluster != cluster) return nullptr;
  if (id_or_arn.starts_with("arn:") && found->second.arn != id_or_arn) return nullptr;
  return &found->second;
}

Reply<Task*> Lab::add_task(Task task) {
  forget_old_tasks();
  if (task.demand.own_interface) {
    const auto instance = instances_.find(task.instance_arn);
    if (instance == instances_.end()) {
      return Fault{"ServerException", "no such instance: " + task.instance_arn};
    }
    BERTH_TRY(task.interface, draw_interface(instance->second, task));
    task.status = TaskStatus::Provisioning;
  }
  Task& added = tasks_[task.id] = std::move(task);
  if (added.interface) {
    nursery_.start("attach " + added.id, await_attachment(added.id, added.interface->attach_by));
  }
  BERTH_CHECK(changed(added));
  return &added;
}

Reply<> Lab::changed(Task& task) {
  BERTH_CHECK(records_.save("task", task.id, to_record(task)));
  BERTH_CHECK(note_membership(task));
  if (task.status != TaskStatus::Provisioning) nursery_.cancel("attach " + task.id);
  if (task.status == TaskStatus::Deprovisioning) {
    nursery_.start("deprovision", deprovision(task.id));
  }
  if (const auto link = links_.find(task.instance_arn); link != links_.end()) {
    link->second->wake();
  }
  return done();
}

void Lab::connect(const std::string& instance_arn, AgentLink& link) {
  hang_up(instance_arn);
  links_[instance_arn] = &link;
}

void Lab::disconnect(const std::string& instance_arn, AgentLink& link) {
  const auto found = links_.find(instance_arn);
  if (found != links_.end() && found->second == &link) links_.erase(found);
}

void Lab::hang_up(const std::string& instance_arn) {
  const auto found = links_.find(instance_arn);
  if (found == links_.end()) return;
  AgentLink* link = found->second;
  links_.erase(found);
  link->hang_up();
}

std::int64_t Lab::next_seq_num(Instance& instance) {
  // By the clock, so that numbers still grow when the data directory is put back from a backup: an
  // agent drops a manifest that is not above all it has seen.
  instance.seq_num = std::max(instance.seq_num + 1, std::int64_t{now().time_since_epoch().count()});
  if (auto kept = keep(instance); !kept) {
    log::error("sequence number not written down", {{"error", kept.error().message}});
  }
  return instance.seq_num;
}

void Lab::forget_old_tasks() {
  const WallTime before = now() - kKeepStopped;
  for (auto at = tasks_.begin(); at != tasks_.end();) {
    const Task& task = at->second;
    if (task.status == TaskStatus::Stopped && task.stopped_at && *task.stopped_at < before) {
      if (auto gone = records_.forget("task", task.id); !gone) {
        log::warn("stopped task not forgotten", {{"error", gone.error().text()}});
      }
      at = tasks_.erase(at);
    } else {
      ++at;
    }
  }
}

Async<> Lab::await_attachment(std::string task_id, WallTime until) {
  const auto wait = until - now();
  BERTH_CO_CHECK(co_await clock_.sleep(wait));
  const auto found = tasks_.find(task_id);
  if (found == tasks_.end() || found->second.status != TaskStatus::Provisioning) co_return ok();
  Task& task = found->second;
  task.stop_code = "TaskFailedToStart";
  task.stopped_reason = kAttachTimeout;
  end(task, now());
  if (auto kept = changed(task); !kept) co_return Error{Errc::Broken, 0, kept.error().message};
  co_return ok();
}

Async<> Lab::deprovision(std::string task_id) {
  BERTH_CO_CHECK(co_await clock_.sleep(settings_.detach));
  const auto found = tasks_.find(task_id);
  if (found == tasks_.end() || found->second.status != TaskStatus::Deprovisioning) co_return ok();
  Task& task = found->second;
  deprovisioned(task);
  give_back(*task.interface);
  if (auto kept = changed(task); !kept) co_return Error{Errc::Broken, 0, kept.error().message};
  co_return ok();
}

Json describe_task(Lab& lab, const Task& task) {
  return describe(task, lab.names().cluster_arn(task.cluster), lab.is_connected(task.instance_arn));
}

Json describe_cluster(Lab& lab, const Cluster& cluster) {
  std::int64_t instances = 0;
  std::int64_t running = 0;
  std::int64_t pending = 0;
  for (const auto& [arn, instance] : lab.instances()) {
    if (instance.cluster == cluster.name && instance.status != "INACTIVE") ++instances;
  }
  for (const auto& [id, task] : lab.tasks()) {
    if (task.cluster != cluster.name || !task.is_live()) continue;
    ++(task.status == TaskStatus::Running ? running : pending);
  }
  return {{"clusterArn", lab.names().cluster_arn(cluster.name)},
          {"clusterName", cluster.name},
          {"status", cluster.status},
          {"registeredContainerInstancesCount", instances},
          {"runningTasksCount", running},
          {"pendingTasksCount", pending},
          {"activeServicesCount", 0},
          {"statistics", Json::array()},
          {"settings", cluster.extra.value("settings", Json::array())},
          {"capacityProviders", cluster.extra.value("capacityProviders", Json::array())},
          {"defaultCapacityProviderStrategy",
           cluster.extra.value("defaultCapacityProviderStrategy", Json::array())}};
}

}  // namespace berth::lab
