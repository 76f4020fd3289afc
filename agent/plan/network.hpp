// network.hpp - a task's network as specs: namespaces with an interface, and who may reach them;
// pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/model/record.hpp"
#include "agent/plan/settings.hpp"
#include "base/result.hpp"
#include "cni/spec.hpp"
#include "firewall/spec.hpp"
#include "netns/spec.hpp"

namespace berth::plan {

/// One network of a task. Modes host and none have one, too: for its files.
struct Network {
  std::string name;       ///< of the namespace's pin; "" when there is none
  std::string files_dir;  ///< where resolv.conf, hosts and hostname go
  netns::Endpoint endpoint;
  std::vector<std::size_t> containers;  ///< who is in it
  /// What the plugins of a CNI network are asked for; `endpoint` is then only the way to the agent.
  std::optional<cni::Attachment> attachment = {};
};

/// fails:  Invalid (names the member of the interface), Exhausted (the node's subnet had no address
///         for a container of mode bridge).
Result<std::vector<Network>> networks_for(const model::Record& record, const Settings& settings);

/// Where the name files of a container are.
std::string files_dir_for(const model::Record& record, std::size_t container);

/// Names of the namespaces a task has on this node, whatever becomes of it.
std::vector<std::string> network_names_for(const model::Record& record);

/// What its hosts file says besides its own name.
std::vector<netns::HostAlias> aliases_for(const model::Record& record, const Network& network);

/// The task has security groups, and only what they allow may reach or leave it.
bool has_groups(const model::Task& task);

/// What the firewall lets through for a network with an interface of its own.
///
/// host_end:  the name of its device on the host.
firewall::Device device_for(const model::Record& record, const Network& network,
                            const std::string& host_end, const Settings& settings);

/// What it lets through of the interface that plugins made, where the task has security groups;
/// nullopt: it has none, and the plugins decide.
///
/// addresses: those of the interface, without prefix.
std::optional<firewall::Device> device_of_plugins(const model::Record& record,
                                                  const cni::HostEnd& end,
                                                  std::vector<std::string> addresses,
                                                  const Settings& settings);

/// What the task's own proxy gets to see; nullopt: it has none.
std::optional<firewall::Redirection> redirection_for(const model::Task& task);

/// The groups that came with the task's interface.
std::vector<firewall::Group> groups_for(const model::Task& task);
firewall::Group group_of(const model::SecurityGroup& group);

/// The container's hostname. awsvpc: the interface's name. Else its own `hostname`; without one
/// the host's in mode host and the first 12 characters of the task's id in the others.
std::string hostname_for(const model::Task& task, std::size_t container, const Settings& settings);

}  // namespace berth::plan
