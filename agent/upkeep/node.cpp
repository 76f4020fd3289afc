// node.cpp - one list for each kind of object, one way to remove it.
#include "agent/upkeep/node.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"
#include "agent/plan/placement.hpp"
#include "agent/plan/slice.hpp"
#include "base/dir.hpp"
#include "cgroups/kill.hpp"
#include "firewall/table.hpp"
#include "netns/address.hpp"
#include "netns/forwarding.hpp"
#include "netns/network.hpp"
#include "netns/sysctl.hpp"
#include "runtime/shims.hpp"
#include "systemd/units.hpp"

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

/// The name of the network a pin, its gateway's or an interface is of: all begin with it.
std::string network_of(const Node& node, const Object& object) {
  const std::string label = object.name.substr(object.name.rfind('/') + 1);
  return netns::network_of_gateway(label.substr(node.pins.label_of("").size()));
}

/// One that leads nowhere is named by its address.
Result<> stop_answering(const Node& node, const Object& object) {
  const netns::LanRoutedDriver& driver = node.driver.lan_routed();
  if (const Result<netns::IpAddress> address = netns::parse_ip(object.name)) {
    return driver.stop_answering(*address);
  }
  return driver.drop(network_of(node, object));
}

Result<bool> loopback_has(const std::string& address) {
  BERTH_TRY(const netns::IpInterface wanted, netns::parse_ip_interface(address));
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  BERTH_TRY(const netns::Link loopback, netns::find_link(*host, "lo"));
  BERTH_TRY(const std::vector<netns::IpInterface> has,
            netns::list_addresses(*host, loopback.index));
  return std::find(has.begin(), has.end(), wanted) != has.end();
}

/// One request about the loopback device, made of its index and the address.
Result<> change_loopback(const std::string& address,
                         netns::Request (*request)(std::uint32_t, const netns::IpInterface&)) {
  BERTH_TRY(const netns::IpInterface wanted, netns::parse_ip_interface(address));
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  BERTH_TRY(const netns::Link loopback, netns::find_link(*host, "lo"));
  return host->change(request(loopback.index, wanted));
}

}  // namespace

Result<> add_to_loopback(const std::string& address) {
  return change_loopback(address, netns::address_request);
}

Result<> take_from_loopback(const std::string& address) {
  return change_loopback(address, netns::address_removal);
}

Result<std::set<std::string>> networks_on(const Node& node) {
  BERTH_TRY(const std::vector<std::string> pinned, node.pins.list());
  BERTH_TRY(const std::vector<std::string> attached, node.driver.attached());
  BERTH_TRY(const std::vector<std::string> shaped, node.driver.shaped());
  std::set<std::string> names;
  for (const std::string& name : pinned) names.insert(netns::network_of_gateway(name));
  names.insert(attached.begin(), attached.end());
  names.insert(shaped.begin(), shaped.end());
  return names;
}

Result<std::vector<Object>> task_objects_on(const Node& node) {
  std::vector<Object> objects;
  BERTH_TRY(const std::vector<std::string> pinned, node.pins.list());
  for (const std::string& name : pinned) {
    objects.push_back(
        {ObjectKind::Netns, node.pins.path_of(name), model::task_id_of_network(name)});
  }
  BERTH_TRY(const std::vector<std::string> attached, node.driver.attached());
  for (const std::string& name : attached) {
    objects.push_back(
        {ObjectKind::Interface, node.pins.label_of(name), model::task_id_of_network(name)});
  }
  BERTH_TRY(const std::vector<std::string> shaped, node.driver.shaped());
  for (const std::string& name : shaped) {
    objects.push_back({ObjectKind::Ifb, node.pins.label_of(name), model::task_id_of_network(name)});
  }
  BERTH_TRY(const auto answers, node.driver.lan_routed().answers());
  for (const auto& [address, name] : answers) {
    objects.push_back({ObjectKind::LanAnswer,
                       name.empty() ? netns::text_of(address) : node.pins.label_of(name),
                       name.empty() ? "" : model::task_id_of_network(name)});
  }
  BERTH_TRY(const std::vector<std::string> plugged, node.cni.attached());
  for (const std::string& name : plugged) {
    const std::size_t before = std::min(name.size(), node.pins.label_of("").size());
    objects.push_back(
        {ObjectKind::Attachment, name, model::task_id_of_network(name.substr(before))});
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
  for (const Object& object : noted) {
    if (object.kind != ObjectKind::Address) continue;
    BERTH_TRY(const bool is_there, loopback_has(object.name));
    if (is_there) objects.push_back(object);
  }
  if (is_noted(noted, ObjectKind::Forwarding)) {
    BERTH_TRY(const Dir proc_sys, Dir::open("/proc/sys"));
    BERTH_TRY(const std::string value, netns::read_sysctl(proc_sys, netns::kForwardV4));
    if (value == "1") objects.push_back({ObjectKind::Forwarding, netns::kForwardV4, ""});
  }
  return objects;
}

Result<> remove_cgroup(const Node& node, const std::string& path) {
  const Deadline by = Deadline::after(kCgroupEmpties);
  BERTH_CHECK(cgroups::kill_all(node.hierarchy, path, by));
  if (const auto slice = plan::slice_of(path)) BERTH_CHECK(systemd::stop_slice(*slice, by));
  return node.hierarchy.remove(path, by);
}

Result<> remove_from(const Node& node, const Object& object) {
  switch (object.kind) {
    case ObjectKind::Shim: return runtime::end_shims(node.settings.netns_prefix, {object.name});
    case ObjectKind::Attachment: return node.cni.remove(object.name);
    case ObjectKind::Netns:
    case ObjectKind::Interface:
      return netns::remove_network(node.pins, node.driver, network_of(node, object));
    case ObjectKind::LanAnswer: return stop_answering(node, object);
    case ObjectKind::Ifb: return node.driver.drop(network_of(node, object));
    case ObjectKind::Cgroup: return remove_cgroup(node, object.name);
    case ObjectKind::Files:
    case ObjectKind::Logs: return remove_tree(object.name);
    case ObjectKind::NftTable: return firewall::remove_table(object.name);
    case ObjectKind::Address: return take_from_loopback(object.name);
    case ObjectKind::Process:
    case ObjectKind::Container:
    case ObjectKind::Snapshot:
    case ObjectKind::Lease:
    case ObjectKind::Forwarding: break;
  }
  return Error{Errc::Invalid, 0,
               std::string(name_of(object.kind)) + " " + object.name + " is not removed here"};
}

}  // namespace berth::upkeep
