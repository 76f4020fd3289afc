// node.hpp - what of the kernel and the disk is ours, looked at and taken away; all of it blocks.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/ledger/object.hpp"
#include "agent/plan/settings.hpp"
#include "cgroups/tree.hpp"
#include "cni/network.hpp"
#include "netns/drivers/any.hpp"
#include "netns/namespace.hpp"

namespace berth::upkeep {

/// The kind of a noted change: an address of the host's loopback.
inline constexpr const char* kAddressChange = "address";

/// Gives the host's loopback an address, or takes it back. again: yes. fails: Invalid, Denied.
Result<> add_to_loopback(const std::string& address);
Result<> take_from_loopback(const std::string& address);

/// The doors to the kernel and the disk. A value but for the hierarchy, which outlives it.
struct Node {
  const cgroups::Hierarchy& hierarchy;
  netns::Pins pins;
  netns::AnyDriver driver;
  cni::Network cni;
  std::string firewall_table;  ///< named after the containerd namespace
  plan::Settings settings;
};

/// Names of all networks there is anything of: a pin, an interface on the host.
Result<std::set<std::string>> networks_on(const Node& node);

/// Shims, network namespaces, interfaces, files and logs, each with the id of the task whose it is
/// by its name.
Result<std::vector<ledger::Object>> task_objects_on(const Node& node);

/// Those of these cgroups (path to task id) that are there. Other agents may have theirs below the
/// same parent, so a cgroup is ours only by a task's name.
std::vector<ledger::Object> cgroups_on(const Node& node,
                                       const std::map<std::string, std::string>& paths);

/// Our nft table; and forwarding, which is looked at only when it is `noted`: what was so before us
/// is not ours.
Result<std::vector<ledger::Object>> host_objects_on(const Node& node,
                                                    const std::vector<ledger::Object>& noted);

/// Kills what is in the cgroup and removes it. again: yes. fails: TimedOut, Denied.
Result<> remove_cgroup(const Node& node, const std::string& path);

/// Removes an object that is not containerd's. again: yes.
///
/// fails:  Invalid (a kind that is never removed), Denied, TimedOut.
Result<> remove_from(const Node& node, const ledger::Object& object);

}  // namespace berth::upkeep
