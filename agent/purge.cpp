// purge.cpp - containers first, because they hold all the rest.
#include "agent/purge.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "agent/model/ids.hpp"
#include "agent/plan/placement.hpp"
#include "agent/plan/slice.hpp"
#include "agent/steps/open_ways.hpp"
#include "agent/upkeep/node.hpp"
#include "base/log.hpp"
#include "firewall/table.hpp"
#include "netns/forwarding.hpp"
#include "netns/network.hpp"
#include "netns/node_routes.hpp"
#include "netns/sysctl.hpp"
#include "runtime/purge.hpp"
#include "runtime/shims.hpp"
#include "systemd/activation.hpp"
#include "systemd/units.hpp"

namespace berth::agent {

namespace {

constexpr std::chrono::minutes kTimeLimit{2};

/// Remembers the first failure and logs each.
class Failures {
 public:
  void note(const std::string& what, const Result<>& outcome) {
    if (outcome) return;
    log::error("could not be removed", {{"what", what}, {"error", outcome.error().text()}});
    if (!first_) first_ = outcome.error();
  }
  Result<> outcome() const { return first_ ? Result<>(*first_) : ok(); }

 private:
  std::optional<Error> first_;
};

/// Each, whatever becomes of the others: a plugin may be gone.
Result<> detach_plugins(const upkeep::Node& node) {
  BERTH_TRY(const std::vector<std::string> plugged, node.cni.attached());
  Failures failures;
  for (const std::string& name : plugged) {
    failures.note("cni attachment " + name, node.cni.remove(name));
  }
  return failures.outcome();
}

Result<> remove_networks(const upkeep::Node& node) {
  BERTH_TRY(const std::set<std::string> names, upkeep::networks_on(node));
  for (const std::string& name : names) {
    BERTH_CHECK(netns::remove_network(node.pins, node.driver, name));
  }
  BERTH_TRY(const std::unique_ptr<netns::Netlink> host, netns::open_netlink());
  BERTH_CHECK(netns::sync_node_routes(*host, {}));
  return node.pins.remove_empty_directory();
}

/// Unless somebody has set it since, or the device whose setting it was is gone.
Result<> restore_sysctl(const records::HostChange& change) {
  BERTH_TRY(const Dir proc_sys, Dir::open("/proc/sys"));
  const Result<std::string> now = netns::read_sysctl(proc_sys, change.name);
  if (now.failed_with(Errc::NotFound)) return ok();
  if (!now) return now.error();
  const std::optional<std::string> ours = netns::value_of_ours(change.name);
  if (ours && *now != *ours) return ok();
  Result<std::string> restored = netns::set_sysctl(proc_sys, change.name, change.old_value);
  if (!restored && !restored.failed_with(Errc::NotFound)) return std::move(restored).error();
  return ok();
}

/// Puts back what was changed, by what was written down before the change.
///
/// table: our own, by whose name our rules among others' are known.
Result<> undo(const records::HostChange& change, const std::string& table) {
  if (change.kind == "nft-table") return firewall::remove_table(change.name);
  if (change.kind == steps::kAcceptChange) return steps::undo_accept(change.name, table);
  if (change.kind == upkeep::kAddressChange) return upkeep::take_from_loopback(change.name);
  if (change.kind == "sysctl") return restore_sysctl(change);
  return Error{Errc::Broken, 0, "unknown kind of host change \"" + change.kind + "\""};
}

/// The cgroups of our tasks, by the journal and by the containers there are. Other agents may have
/// theirs below the same parent.
Async<std::set<std::string>> find_cgroups(Host& host, Deadline by) {
  std::set<std::string> paths;
  BERTH_CO_TRY(const std::vector<model::Record> records, co_await host.journal->load());
  for (const model::Record& record : records) paths.insert(record.placement.cgroup_path);
  paths.erase("");
  Result<std::vector<std::string>> ids = co_await host.containers.list(by);
  // An engine that is away is told of by the purge of its namespace.
  if (!ids) co_return paths;
  for (const std::string& id : *ids) {
    const std::string task_id = model::task_id_of_container(id);
    if (!task_id.empty()) paths.insert(plan::cgroup_path_of(task_id, host.tools.settings));
  }
  co_return paths;
}

Result<> remove_cgroups(const upkeep::Node& node, const std::set<std::string>& paths) {
  for (const std::string& path : paths) BERTH_CHECK(upkeep::remove_cgroup(node, path));
  const std::string& parent = node.settings.cgroup_parent;
  if (parent == cgroups::kDelegated) return ok();
  BERTH_CHECK(node.hierarchy.remove_if_empty(parent));
  // With nothing left in it, its unit need not stand either.
  const std::optional<std::string> slice = plan::slice_of(parent);
  if (!slice || node.hierarchy.exists(parent)) return ok();
  return systemd::stop_slice(*slice, Deadline::after(kTimeLimit));
}

/// Those that the engine ended are gone or go now; the others it knows nothing of.
Result<> remove_shims(const std::string& containerd_namespace) {
  BERTH_TRY(const Dir proc, Dir::open("/proc"));
  BERTH_TRY(const std::vector<runtime::Shim> shims, runtime::shims_of(proc, containerd_namespace));
  std::vector<std::string> ids;
  for (const runtime::Shim& shim : shims) ids.push_back(shim.id);
  return runtime::end_shims(containerd_namespace, ids);
}

Result<> remove_files(const config::Config& config) {
  BERTH_TRY(const Dir data, Dir::open(config.data_dir));
  for (const char* name : {"tasks", "logs", "cni", "berth.db", "berth.db-wal", "berth.db-shm"}) {
    BERTH_CHECK(data.remove_all(name));
  }
  Result<Dir> run = Dir::open(config.run_dir);
  if (!run) return ok();
  BERTH_CHECK(run->remove_all(kLoginsFile));
  // berthd.socket may stand for the next berthd, which without its file nobody would find.
  if (systemd::is_listened_at(config.run_dir + "/berthd.sock")) return ok();
  return run->remove_all("berthd.sock");
}

}  // namespace

Async<> purge(Host& host) {
  Failures failures;
  const upkeep::Node node = node_of(host);
  const Deadline by = Deadline::after(kTimeLimit);
  // While the containers that tell of some are there.
  Result<std::set<std::string>> cgroups = co_await find_cgroups(host, by);
  Result<> emptied = co_await runtime::purge_namespace(host.connection, host.containers, by);
  failures.note("containerd namespace " + host.config.containerd_namespace, emptied);
  failures.note("shims", remove_shims(host.config.containerd_namespace));
  failures.note("cni attachments", detach_plugins(node));
  failures.note("networks", remove_networks(node));
  failures.note("cgroups", cgroups ? remove_cgroups(node, *cgroups) : cgroups.error());
  BERTH_CO_TRY(std::vector<records::HostChange> changes, co_await host.journal->host_changes());
  // It moves other settings, which are put back after it.
  std::stable_partition(changes.begin(), changes.end(), [](const records::HostChange& change) {
    return change.name == netns::kForwardV4;
  });
  for (const records::HostChange& change : changes) {
    const std::string what = change.kind + " " + change.name;
    if (change.kind == steps::kZoneChange) {
      Result<> left = co_await steps::leave_firewalld(host.spawner);
      failures.note(what, left);
      continue;
    }
    failures.note(what, undo(change, host.firewall.name()));
  }
  // What a failure left is found again by the next purge only with the notes still there.
  if (failures.outcome()) failures.note("files", remove_files(host.config));
  co_return failures.outcome();
}

}  // namespace berth::agent
