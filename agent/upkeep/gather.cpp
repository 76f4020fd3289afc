// gather.cpp - containerd's lists, the kernel's, the disk's.
#include "agent/upkeep/gather.hpp"

#include <algorithm>

#include "agent/model/ids.hpp"
#include "agent/plan/placement.hpp"
#include "netns/forwarding.hpp"

namespace berth::upkeep {

using ledger::Object;
using ledger::ObjectKind;

namespace {

void add_all(ObjectKind kind, std::vector<std::string> ids, std::vector<Object>& objects) {
  for (std::string& id : ids) {
    std::string task = model::task_id_of_container(id);
    objects.push_back({kind, std::move(id), std::move(task)});
  }
}

/// What is in containerd but for the leases of pulls that are running.
Async<std::vector<Object>> engine_objects(Needs& needs) {
  const Deadline by = needs.clock.in(kRoundLimit);
  BERTH_CO_TRY(runtime::Contents contents, co_await needs.inventory.list(by));
  std::vector<Object> objects;
  add_all(ObjectKind::Process, std::move(contents.processes), objects);
  add_all(ObjectKind::Container, std::move(contents.containers), objects);
  add_all(ObjectKind::Snapshot, std::move(contents.snapshots), objects);
  // Asked after the list: a pull that begins now is in neither, one that has ended in the first.
  const std::vector<std::string> held = needs.images.leases();
  for (std::string& id : contents.leases) {
    if (std::find(held.begin(), held.end(), id) != held.end()) continue;
    objects.push_back({ObjectKind::Lease, std::move(id), ""});
  }
  co_return objects;
}

/// What was written down before it was changed, of the names now configured.
Async<std::vector<Object>> noted_objects(Needs& needs) {
  BERTH_CO_TRY(const std::vector<records::HostChange> changes, co_await needs.book.host_changes());
  std::vector<Object> noted;
  for (const records::HostChange& change : changes) {
    if (change.kind == "nft-table" && change.name == needs.node.firewall_table) {
      noted.push_back({ObjectKind::NftTable, change.name, ""});
    } else if (change.kind == kAddressChange) {
      noted.push_back({ObjectKind::Address, change.name, ""});
    } else if (change.kind == "sysctl" && change.name == netns::kForwardV4) {
      noted.push_back({ObjectKind::Forwarding, change.name, ""});
    }
  }
  co_return noted;
}

using CgroupPaths = std::map<std::string, std::string>;  // to the task's id

void add_cgroups_of(const std::vector<Object>& objects, const Node& node, CgroupPaths& paths) {
  for (const Object& object : objects) {
    if (object.task.empty()) continue;
    paths.emplace(plan::cgroup_path_of(object.task, node.settings), object.task);
  }
}

Result<std::vector<Object>> kernel_objects(const Node& node, CgroupPaths paths,
                                           const std::vector<Object>& noted) {
  BERTH_TRY(std::vector<Object> objects, task_objects_on(node));
  add_cgroups_of(objects, node, paths);
  const std::vector<Object> cgroups = cgroups_on(node, paths);
  objects.insert(objects.end(), cgroups.begin(), cgroups.end());
  BERTH_TRY(const std::vector<Object> host, host_objects_on(node, noted));
  objects.insert(objects.end(), host.begin(), host.end());
  return objects;
}

}  // namespace

Async<std::vector<ledger::Finding>> look_around(Needs& needs) {
  // The node before the records: of what is found, the record was there before it was made.
  BERTH_CO_TRY(std::vector<Object> found, co_await engine_objects(needs));
  BERTH_CO_TRY(const std::vector<Object> noted, co_await noted_objects(needs));
  CgroupPaths paths;
  for (const ledger::RecordPtr& record : needs.records()) {
    paths.emplace(record->placement.cgroup_path, model::task_id_of(record->task.arn));
  }
  add_cgroups_of(found, needs.node, paths);
  auto look = [node = needs.node, paths, noted] { return kernel_objects(node, paths, noted); };
  const Deadline by = Deadline::after(kRoundLimit);
  BERTH_CO_TRY(const std::vector<Object> kernel,
               co_await needs.offload.run_until(std::move(look), by));
  found.insert(found.end(), kernel.begin(), kernel.end());

  const std::vector<ledger::RecordPtr> records = needs.records();
  ledger::Entries entries = ledger::entries_of_host(noted, records);
  for (const ledger::RecordPtr& record : records) {
    const ledger::Entries more = ledger::entries_of(*record);
    entries.insert(entries.end(), more.begin(), more.end());
  }
  co_return ledger::compare(entries, found);
}

}  // namespace berth::upkeep
