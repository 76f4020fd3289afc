// node.cpp - one list for each kind of object, one way to remove it.
#include "agent/upkeep/node.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"
#include "agent/plan/placement.hpp"
#include "base/dir.hpp"
#include "cgroups/kill.hpp"
#include "firewall/table.hpp"
#include "netns/network.hpp"
#include "netns/sysctl.hpp"
#include "runtime/shims.hpp"

namespace berth::upkeep {

using ledger::Object;
using ledger::ObjectKind;

namespace {

constexpr std::chrono::seconds kCgroupEmpties{10};

/// The folders in `parent`, each named after a task.
Result<> add_folders(const std::string& parent, ObjectKind kind, std::vector<Object>& objects) {
  const Result<Dir> directory = Dir::open(parent);
  if (directory.failed_with(Errc::NotFound)) return ok();
  if (!directory) return directory.error();
  BERTH_TRY(const std::vector<std::string> names, directory->list());
  for (const std::string& name : names) objects.push_back({kind, parent + "/" + name, name});
  return ok();
}

bool is_noted(const std::vector<Object>& noted, ObjectKind kind) {
  return std::any_of(noted.begin(), noted.end(),
                     [kind](const Object& object) { return object.kind == kind; });
}

}  // namespace

Result<std::set<std::string>> networks_on(const Node& node) {
  BERTH_TRY(const std::vector<std::string> pinned, node.pins.list());
  BERTH_TRY(const std::vector<std::string> attached, node.bridge.attached());
  std::set<std::string> names(pinned.begin(), pinned.end());
  names.insert(attached.begin(), attached.end());
  return names;
}

Result<std::vector<Object>> task_objects_on(const Node& node) {
  std::vector<Object> objects;
  BERTH_TRY(const std::vector<std::string> pinned, node.pins.list());
  for (const std::string& id : pinned) {
    objects.push_back({ObjectKind::Netns, node.pins.path_of(id), id});
  }
  BERTH_TRY(const std::vector<std::string> attached, node.bridge.attached());
  for (const std::string& id : attached) {
    objects.push_back({ObjectKind::Interface, node.pins.label_of(id), id});
  }
  BERTH_TRY(const Dir proc, Dir::open("/proc"));
  BERTH_TRY(const std::vector<runtime::Shim> shims,
            runtime::shims_of(proc, node.settings.netns_prefix));
  for (const runtime::Shim& shim : shims) {
    objects.push_back({ObjectKind::Shim, shim.id, model::task_id_of_container(shim.id)});
  }
  BERTH_CHECK(add_folders(plan::files_parent(node.settings), ObjectKind::Files, objects));
  BERTH_CHECK(add_folders(plan::logs_parent(node.settings), ObjectKind::Logs, objects));
  return objects;
}

std::vector<Object> cgroups_on(const Node& node, const std::map<std::string, std::string>& paths) {
  std::vector<Object> objects;
  for (const auto& [path, id] : paths) {
    if (node.hierarchy.exists(path)) objects.push_back({ObjectKind::Cgroup, path, id});
  }
  return objects;
}

Result<std::vector<Object>> host_objects_on(const Node& node, const std::vector<Object>& noted) {
  std::vector<Object> objects;
  BERTH_TRY(const bool has_table, firewall::exists(node.firewall_table));
  if (has_table) objects.push_back({ObjectKind::NftTable, node.firewall_table, ""});
  if (is_noted(noted, ObjectKind::Bridge)) {
    BERTH_TRY(const bool has_bridge, node.bridge.is_there());
    if (has_bridge) objects.push_back({ObjectKind::Bridge, node.bridge_name, ""});
  }
  if (is_noted(noted, ObjectKind::Forwarding)) {
    BERTH_TRY(const Dir proc_sys, Dir::open("/proc/sys"));
    BERTH_TRY(const std::string value, netns::read_sysctl(proc_sys, kIpForward));
    if (value == "1") objects.push_back({ObjectKind::Forwarding, kIpForward, ""});
  }
  return objects;
}

Result<> remove_cgroup(const Node& node, const std::string& path) {
  const Deadline by = Deadline::after(kCgroupEmpties);
  BERTH_CHECK(cgroups::kill_all(node.hierarchy, path, by));
  return node.hierarchy.remove(path, by);
}

Result<> remove_from(const Node& node, const Object& object) {
  switch (object.kind) {
    case ObjectKind::Shim: return runtime::end_shims(node.settings.netns_prefix, {object.name});
    case ObjectKind::Netns:
    case ObjectKind::Interface: return netns::remove_network(node.pins, node.bridge, object.task);
    case ObjectKind::Cgroup: return remove_cgroup(node, object.name);
    case ObjectKind::Files:
    case ObjectKind::Logs: return remove_tree(object.name);
    case ObjectKind::NftTable: return firewall::remove(object.name);
    case ObjectKind::Process:
    case ObjectKind::Container:
    case ObjectKind::Snapshot:
    case ObjectKind::Lease:
    case ObjectKind::Bridge:
    case ObjectKind::Forwarding: break;
  }
  return Error{Errc::Invalid, 0,
               std::string(name_of(object.kind)) + " " + object.name + " is not removed here"};
}

}  // namespace berth::upkeep
