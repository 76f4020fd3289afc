// agree.cpp - one file after the other, each against those that hold already.
#include "agent/networks/agree.hpp"

#include <set>

#include "agent/inbox/findings.hpp"
#include "netns/spec.hpp"
#include "netns/subnet.hpp"

namespace berth::networks {

namespace {

bool do_overlap(const std::string& one, const std::string& other) {
  if (one.empty() || other.empty()) return false;
  const auto first = netns::parse_ip_interface(one);
  const auto second = netns::parse_ip_interface(other);
  return first && second && netns::do_overlap(*first, *second);
}

std::string clash_of(const model::NodeNetwork& network, const model::NodeNetwork& other,
                     const std::string& file) {
  if (network.name == other.name) {
    return "name: " + inbox::quoted(network.name) + " is that of " + file +
           ", and each network has one of "
           "its own";
  }
  for (const auto& [member, own, theirs] :
       {std::tuple("subnet", &network.subnet, &other.subnet),
        std::tuple("ipv6Subnet", &network.ipv6_subnet, &other.ipv6_subnet)}) {
    if (!do_overlap(*own, *theirs)) continue;
    return std::string(member) + ": " + inbox::quoted(*own) + " overlaps " + *theirs + " of " +
           file;
  }
  for (std::size_t at = 0; at < network.groups.size(); ++at) {
    for (const model::SecurityGroup& group : other.groups) {
      if (group.id != network.groups[at].id) continue;
      return "securityGroups[" + std::to_string(at) + "].groupId: " + inbox::quoted(group.id) +
             " is described by " + file + " already";
    }
  }
  return "";
}

/// Why it cannot hold beside those that do; "" when it can.
std::string clash_of(const model::NodeNetwork& network, const Files& holding,
                     const std::vector<Reserved>& reserved) {
  for (const Reserved& one : reserved) {
    if (!do_overlap(network.subnet, one.subnet)) continue;
    return "subnet: " + inbox::quoted(network.subnet) + " overlaps " + one.subnet + ", which is " +
           one.what;
  }
  for (const auto& [name, file] : holding) {
    std::string clash = clash_of(network, *file.holds, name);
    if (!clash.empty()) return clash;
  }
  return "";
}

std::string unknown_group_in(const model::NodeNetwork& network,
                             const std::set<std::string>& known) {
  for (std::size_t at = 0; at < network.groups.size(); ++at) {
    const model::SecurityGroup& group = network.groups[at];
    for (const auto& [direction, rules] :
         {std::pair("ingress", &group.ingress), std::pair("egress", &group.egress)}) {
      for (std::size_t rule = 0; rule < rules->size(); ++rule) {
        for (const std::string& id : (*rules)[rule].group_ids) {
          if (known.contains(id)) continue;
          return "securityGroups[" + std::to_string(at) + "]." + direction + "[" +
                 std::to_string(rule) + "].groupIds: " + inbox::quoted(id) +
                 " is a group that no file describes";
        }
      }
    }
  }
  return "";
}

/// Ids of every group that a file describes or described.
std::set<std::string> known_groups(const Files& files) {
  std::set<std::string> ids;
  for (const auto& [name, file] : files) {
    for (const auto* network : {&file.says, &file.holds}) {
      if (!*network) continue;
      for (const model::SecurityGroup& group : (*network)->groups) ids.insert(group.id);
    }
  }
  return ids;
}

void settle(const std::string& name, File& file, const std::set<std::string>& groups,
            const std::vector<Reserved>& reserved, Files& holding) {
  if (file.says) {
    file.complaint = clash_of(*file.says, holding, reserved);
    if (file.complaint.empty()) file.complaint = unknown_group_in(*file.says, groups);
    if (file.complaint.empty()) file.holds = file.says;
  }
  // What it said before may contradict a newer one by now.
  if (file.holds && !clash_of(*file.holds, holding, reserved).empty()) file.holds.reset();
  if (file.holds) holding[name] = file;
}

}  // namespace

void agree(Files& files, const std::vector<Reserved>& reserved) {
  const std::set<std::string> groups = known_groups(files);
  Files holding;
  for (const bool is_turn_of_changed : {false, true}) {
    for (auto& [name, file] : files) {
      const bool is_changed = file.says != file.holds && file.says.has_value();
      if (is_changed == is_turn_of_changed) settle(name, file, groups, reserved, holding);
    }
  }
}

}  // namespace berth::networks
