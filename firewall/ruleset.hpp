// ruleset.hpp - what the firewall should say for all networks of one owner; values and their text.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "firewall/spec.hpp"

namespace berth::firewall {

/// Where containers find the agent. source: ECS, task metadata and credentials endpoints.
inline constexpr const char* kEndpointAddress = "169.254.170.2";
inline constexpr std::uint16_t kEndpointPort = 51679;  ///< listened to; asked for is 80

/// One table of family inet, the owner's alone.
struct Ruleset {
  std::string table = {};
  /// Host addresses that ports are published on; none given is every address of the host.
  std::vector<std::string> publish_addresses = {};
  /// Blocks reached without translation: networks of other nodes.
  std::vector<std::string> direct = {};
  /// It stands in a namespace between one network and a LAN: nothing is translated there, nothing
  /// but the network's packets is forwarded, and those for the endpoint go on to the host.
  bool is_of_gateway = false;
  /// Forwarding of a family was switched on for us, so that nobody else counts on it: it is for our
  /// devices only.
  bool is_forwarding4_ours = false;
  bool is_forwarding6_ours = false;
  std::map<std::string, Device> devices = {};  ///< by name
  std::map<std::string, Group> groups = {};    ///< by id; all that are known
};

/// The groups that a ruleset needs. Rules of a group matter while a device has it, and its members
/// while the rules of such a group name it.
struct NeededGroups {
  std::set<std::string> with_rules;
  std::set<std::string> with_members;  ///< those, and the ones they name
};
NeededGroups needed_groups(const Ruleset& rules);

/// The transaction that makes the table, where there is none of the name.
///
/// What the rules can do beside Docker, ufw or firewalld: a packet meets every base chain of a
/// hook, in order of priority, and `accept` ends only the chain that says it; `drop` anywhere is
/// final. So our own table can translate addresses and let packets through as far as we are
/// concerned. It cannot overrule a chain whose policy is drop, such as FORWARD of Docker or ufw;
/// neighbours.hpp finds those. source: nft(8), "VERDICT STATEMENT".
///
/// Addresses leave the host under the host's; of IPv6 only those that are unique local (fc00::/7),
/// which no router outside knows.
/// Established flows pass whatever groups say now: a change of rules does not break them.
/// fails: Invalid (names field and value), NotFound (a device has a group that is not given).
Result<std::string> text_of(const Ruleset& rules);

/// The parts of a transaction that make of one ruleset's groups another's: `before` comes ahead of
/// the devices that need them, `after` behind the devices that needed the old ones.
struct GroupChanges {
  std::string before;
  std::string after;
};
/// fails: Invalid, NotFound (a device has a group nobody knows).
Result<GroupChanges> group_changes(const Ruleset& from, const Ruleset& to);

/// The transaction for one device more. again: no, its ports may be published once only.
/// fails: Invalid.
Result<std::string> text_to_add(const std::string& table, const Device& device);

/// The transaction for one device less, in a table that has it.
Result<std::string> text_to_remove(const std::string& table, const Device& device);

/// The transaction that removes the table; nothing there is a success. fails: Invalid.
Result<std::string> removal_text(const std::string& table);

}  // namespace berth::firewall
