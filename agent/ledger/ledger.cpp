// ledger.cpp - presence by the record's state, and the comparison.
#include "agent/ledger/ledger.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "agent/model/ids.hpp"

namespace berth::ledger {

namespace {

using Key = std::pair<ObjectKind, std::string>;

Key key_of(const Object& object) {
  return {object.kind, object.name};
}

/// cgroup and network: theirs from their step's end until the task has stopped; then they are taken
/// away, and after that they may not be there.
Presence presence_of(bool is_ready, const model::Record& record) {
  if (record.released) return Presence::MustNot;
  const bool is_over = record.known == model::TaskStatus::Stopped;
  return is_ready && !is_over ? Presence::Must : Presence::May;
}

bool has_process(model::ContainerStatus status) {
  return status == model::ContainerStatus::Created || status == model::ContainerStatus::Running;
}

void add_container(const model::Record& record, std::size_t at, Entries& entries) {
  const std::string task = model::task_id_of(record.task.arn);
  const std::string id = model::container_id_of(task, at);
  const model::ContainerRecord& container = record.containers[at];
  const Presence made = has_process(container.known) ? Presence::Must : Presence::May;
  // An ended process may be taken away, for another one to be started in its place.
  const Presence process = container.ended || container.restarting ? Presence::May : made;
  entries.push_back(
      {{ObjectKind::Process, id, task}, record.released ? Presence::MustNot : process});
  // One serves all containers of the task, named after whichever came first.
  entries.push_back(
      {{ObjectKind::Shim, id, task}, record.released ? Presence::MustNot : Presence::May});
  entries.push_back({{ObjectKind::Container, id, task}, made});
  entries.push_back({{ObjectKind::Snapshot, id, task}, made});
}

/// The last part of the path of a namespace is the alias of its interface, too.
std::string alias_of(const std::string& netns_path) {
  return netns_path.substr(netns_path.rfind('/') + 1);
}

bool uses_shared_network(const model::Record& record) {
  return !record.placement.netns_path.empty() &&
         presence_of(record.network_ready, record) == Presence::Must;
}

std::string reason_for(const Object& orphan, bool is_given_back) {
  if (is_given_back) return "the task has given it back";
  if (orphan.kind == ObjectKind::Lease) return "no pull of this berthd holds it";
  return orphan.task.empty() ? "it is nobody's" : "there is no such task";
}

}  // namespace

std::string_view name_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::Process: return "process";
    case ObjectKind::Container: return "container";
    case ObjectKind::Snapshot: return "snapshot";
    case ObjectKind::Shim: return "shim";
    case ObjectKind::Attachment: return "cni attachment";
    case ObjectKind::Netns: return "network namespace";
    case ObjectKind::Interface: return "interface";
    case ObjectKind::Ifb: return "ifb";
    case ObjectKind::LanAnswer: return "answer on the LAN";
    case ObjectKind::Cgroup: return "cgroup";
    case ObjectKind::Files: return "files";
    case ObjectKind::Logs: return "logs";
    case ObjectKind::Lease: return "lease";
    case ObjectKind::NftTable: return "nft table";
    case ObjectKind::Address: return "address";
    case ObjectKind::Forwarding: return "forwarding";
  }
  return "process";
}

std::string_view name_of(Finding::Kind kind) {
  return kind == Finding::Kind::Orphan ? "orphan" : "missing";
}

Entries entries_of(const model::Record& record) {
  const std::string task = model::task_id_of(record.task.arn);
  const model::Placement& placement = record.placement;
  Entries entries;
  for (std::size_t at = 0; at < record.containers.size(); ++at) add_container(record, at, entries);
  const Presence network = presence_of(record.network_ready, record);
  for (const std::string& path : model::netns_paths_of(record)) {
    entries.push_back({{ObjectKind::Netns, path, task}, network});
    entries.push_back({{ObjectKind::Interface, alias_of(path), task}, network});
    if (placement.eni_access.driver == "lan-routed") {
      entries.push_back({{ObjectKind::LanAnswer, alias_of(path), task}, network});
    }
    const bool is_of_plugins = placement.eni_access.is_of_plugins();
    if (is_of_plugins) entries.push_back({{ObjectKind::Attachment, alias_of(path), task}, network});
    // That of a gateway is in it, and plugins have their own.
    const bool has_ifb = record.task.bandwidth.egress && placement.gateway_path.empty();
    if (!has_ifb || is_of_plugins) continue;
    entries.push_back({{ObjectKind::Ifb, alias_of(path), task}, network});
  }
  if (!placement.gateway_path.empty()) {
    entries.push_back({{ObjectKind::Netns, placement.gateway_path, task}, network});
  }
  const Presence cgroup = presence_of(record.cgroup_ready, record);
  entries.push_back({{ObjectKind::Cgroup, placement.cgroup_path, task}, cgroup});
  // Made with the network, in every mode; they stay until the task is cleaned up.
  const Presence files = network == Presence::Must ? Presence::Must : Presence::May;
  entries.push_back({{ObjectKind::Files, placement.files_dir, task}, files});
  entries.push_back({{ObjectKind::Logs, placement.logs_dir, task}, Presence::May});
  return entries;
}

Entries entries_of_host(const std::vector<Object>& noted, const std::vector<RecordPtr>& records) {
  const bool in_use = std::any_of(records.begin(), records.end(), [](const RecordPtr& record) {
    return uses_shared_network(*record);
  });
  Entries entries;
  for (const Object& object : noted) {
    entries.push_back({object, in_use ? Presence::Must : Presence::May});
  }
  return entries;
}

std::vector<Finding> compare(const Entries& entries, const std::vector<Object>& found) {
  std::map<Key, Presence> expected;
  for (const Entry& entry : entries) expected[key_of(entry.object)] = entry.presence;
  std::set<Key> there;
  std::vector<Finding> findings;
  for (const Object& object : found) {
    if (!there.insert(key_of(object)).second) continue;
    const auto known = expected.find(key_of(object));
    if (known != expected.end() && known->second != Presence::MustNot) continue;
    findings.push_back(
        {Finding::Kind::Orphan, object, reason_for(object, known != expected.end())});
  }
  for (const Entry& entry : entries) {
    if (entry.presence != Presence::Must || there.contains(key_of(entry.object))) continue;
    findings.push_back(
        {Finding::Kind::Missing, entry.object,
         entry.object.task.empty() ? "tasks work with it" : "the task works with it"});
  }
  std::sort(findings.begin(), findings.end());
  return findings;
}

std::vector<Finding> confirmed(const std::vector<Finding>& before,
                               const std::vector<Finding>& now) {
  std::vector<Finding> both;
  std::set_intersection(before.begin(), before.end(), now.begin(), now.end(),
                        std::back_inserter(both));
  return both;
}

}  // namespace berth::ledger
