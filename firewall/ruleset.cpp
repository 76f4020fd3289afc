// ruleset.cpp - Ruleset to nft's language, and chains from nft's listing.
#include "firewall/ruleset.hpp"

#include <sstream>

#include "firewall/names.hpp"
#include "firewall/security_group.hpp"

namespace berth::firewall {

namespace {

// Sets and maps have an entry for each device; the chains below are the same for all.
constexpr const char* kSets = R"(
  set ports { type ifname; }
  set sources4 { type ifname . ether_addr . ipv4_addr; }
  set sources6 { type ifname . ether_addr . ipv6_addr; }
  set legs { type ifname . ether_addr . ipv4_addr; }
  set addresses4 { type ipv4_addr; }
  set addresses6 { type ipv6_addr; }
  set beside4 { type ipv4_addr; }
  set beside6 { type ipv6_addr; }
  set discovered { type ifname; }
  set published_only { type ifname; }
  set without_imds { type ifname; }
  set beside_without_imds4 { type ipv4_addr; }
  set beside_without_imds6 { type ipv6_addr; }
  map egress { type ifname : verdict; }
  map ingress { type ifname : verdict; }
)";

// Where addresses are translated.
constexpr const char* kTranslationSets = R"(
  set translated4 { type ipv4_addr; }
  set translated6 { type ipv6_addr; }
  set direct4 { type ipv4_addr; flags interval; auto-merge; }
  set direct6 { type ipv6_addr; flags interval; auto-merge; }
  set itself4 { type ipv4_addr . ipv4_addr; }
  set itself6 { type ipv6_addr . ipv6_addr; }
  map published4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map published6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
)";

// Priorities as numbers: -300 is "raw", -100 "dstnat", 100 "srcnat", -10 is before "filter". Old
// versions lack the words.

// What neighbours ask and answer each other; with an address of the link, nobody forwards it.
constexpr const char* kDiscovery = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }";

/// Only a task's own addresses come from it, and from nowhere else; nothing comes to the host's
/// loopback from elsewhere. Neighbours are known for good, so nobody has to look for any.
void add_source_checks(std::ostream& text) {
  text << "  chain from_port {\n"
       << "    ip daddr 127.0.0.0/8 drop\n"
       << "    iifname . ether saddr . ip saddr @sources4 return\n"
       << "    iifname . ether saddr . ip6 saddr @sources6 return\n"
       << "    ip daddr " << kEndpointAddress << " tcp dport 80"
       << " iifname . ether saddr . ip saddr @legs return\n"
       << "    iifname @discovered ip6 saddr { ::, fe80::/10 } " << kDiscovery << " return\n"
       << "    counter drop\n"
       << "  }\n"
       << "  chain raw {\n"
       << "    type filter hook prerouting priority -300; policy accept;\n"
       << "    iifname @ports goto from_port\n"
       << "    iifname != \"lo\" ip saddr @addresses4 drop\n"
       << "    iifname != \"lo\" ip6 saddr @addresses6 drop\n"
       << "    iifname != \"lo\" ip daddr { 127.0.0.0/8, " << kEndpointAddress << " } drop\n"
       << "  }\n";
}

/// Which of the host's own addresses a published port is on.
std::string publish_match(const std::vector<std::string>& addresses, bool is_v6) {
  if (addresses.empty()) return "fib daddr type local";
  std::string list;
  for (const std::string& address : addresses) {
    if ((address.find(':') != std::string::npos) != is_v6) continue;
    list += (list.empty() ? "" : ", ") + address;
  }
  return list.empty() ? "" : (is_v6 ? "ip6 daddr { " : "ip daddr { ") + list + " }";
}

void add_destinations(std::ostream& text, const Ruleset& rules) {
  const std::string to_endpoint = std::string("ip daddr ") + kEndpointAddress +
                                  " tcp dport 80 dnat ip to " + kEndpointAddress + ":" +
                                  std::to_string(kEndpointPort) + "\n";
  const std::string on4 = publish_match(rules.publish_addresses, false);
  const std::string on6 = publish_match(rules.publish_addresses, true);
  const auto add_published = [&] {
    if (!on4.empty()) {
      text << "    " << on4 << " dnat ip to meta l4proto . th dport map @published4\n";
    }
    if (!on6.empty()) {
      text << "    " << on6 << " dnat ip6 to meta l4proto . th dport map @published6\n";
    }
  };
  text << "  chain destination {\n"
       << "    type nat hook prerouting priority -100; policy accept;\n"
       << "    iifname @ports " << to_endpoint;
  add_published();
  text << "  }\n"
       << "  chain own_destination {\n"
       << "    type nat hook output priority -100; policy accept;\n"
       << "    " << to_endpoint;
  add_published();
  text << "  }\n";
}

void add_sources(std::ostream& text) {
  text << "  chain source {\n"
       << "    type nat hook postrouting priority 100; policy accept;\n"
       << "    oifname @ports ip saddr 127.0.0.0/8 masquerade\n"
       << "    ip saddr . ip daddr @itself4 masquerade\n"
       << "    ip6 saddr . ip6 daddr @itself6 masquerade\n"
       << "    oifname @ports return\n"
       << "    ip saddr @translated4 ip daddr != @direct4 masquerade\n"
       << "    ip6 saddr fc00::/7 ip6 saddr @translated6 ip6 daddr != @direct6 masquerade\n"
       << "  }\n";
}

void add_filters(std::ostream& text, const Ruleset& rules) {
  const std::string to_endpoint = std::string("    iifname @ports ip daddr ") + kEndpointAddress;
  text << "  chain " << kAdmitted << " {\n"
       << "    oifname vmap @ingress\n"
       << "    accept\n"
       << "  }\n"
       << "  chain forward {\n"
       << "    type filter hook forward priority -10; policy accept;\n"
       << "    iifname @without_imds ip daddr 169.254.169.254 drop\n"
       << "    iifname @without_imds ip6 daddr fd00:ec2::254 drop\n"
       << "    ip saddr @beside_without_imds4 ip daddr 169.254.169.254 drop\n"
       << "    ip6 saddr @beside_without_imds6 ip6 daddr fd00:ec2::254 drop\n"
       << "    ct state established,related accept\n"
       << "    iifname @ports ct state invalid drop\n"
       << (rules.is_of_gateway ? to_endpoint + " tcp dport 80 accept\n" : "")
       << "    iifname vmap @egress\n"
       << "    oifname vmap @ingress\n"
       << "    iifname @ports accept\n"
       << "    oifname @published_only ct status dnat accept\n"
       << "    oifname @published_only drop\n"
       << "    oifname @ports accept\n"
       << "    ip saddr @beside4 accept\n"
       << "    ip daddr @beside4 accept\n"
       << "    ip6 saddr @beside6 accept\n"
       << "    ip6 daddr @beside6 accept\n"
       << (rules.is_forwarding4_ours || rules.is_of_gateway ? "    meta nfproto ipv4 drop\n" : "")
       << (rules.is_forwarding6_ours || rules.is_of_gateway ? "    meta nfproto ipv6 drop\n"
                                                            : "")  //
       << "  }\n"
       << "  chain input {\n"
       << "    type filter hook input priority -10; policy accept;\n"
       << "    ct state established,related accept\n"
       << to_endpoint << " tcp dport " << kEndpointPort << " accept\n"
       << "    iifname @discovered " << kDiscovery << " accept\n"
       << "    iifname vmap @egress\n"
       << "  }\n"
       << "  chain output {\n"
       << "    type filter hook output priority -10; policy accept;\n"
       << "    ct state established,related accept\n"
       << "    oifname @discovered " << kDiscovery << " accept\n"
       << "    oifname vmap @ingress\n"
       << "  }\n";
}

/// The elements of one device: set or map, and element. The same text adds and deletes them.
Result<std::vector<std::pair<std::string, std::string>>> elements_of(const Device& device) {
  BERTH_CHECK(check_device_name(device.name));
  BERTH_CHECK(check_mac(device.mac));
  const std::string name = "\"" + device.name + "\"";
  std::vector<std::pair<std::string, std::string>> elements{{"ports", name}};
  for (const std::string& address : device.addresses) {
    BERTH_TRY(const bool is_v6, check_address(address));
    const std::string family = is_v6 ? "6" : "4";
    elements.emplace_back("sources" + family, name + " . " + device.mac + " . " + address);
    if (!device.published.empty()) {
      elements.emplace_back("itself" + family, address + " . " + address);
    }
    elements.emplace_back("addresses" + family, address);
    if (!device.is_known_outside) elements.emplace_back("translated" + family, address);
    for (const PublishedPort& port : device.published) {
      if (port.protocol != "tcp" && port.protocol != "udp") {
        return Error{Errc::Invalid, 0, "protocol \"" + port.protocol + "\": must be tcp or udp"};
      }
      elements.emplace_back("published" + family, port.protocol + " . " +
                                                      std::to_string(port.host_port) + " : " +
                                                      address + " . " + std::to_string(port.port));
    }
  }
  if (!device.leg.empty()) {
    BERTH_TRY(const bool is_v6, check_address(device.leg));
    if (is_v6) return Error{Errc::Invalid, 0, "leg \"" + device.leg + "\": must be IPv4"};
    elements.emplace_back("legs", name + " . " + device.mac + " . " + device.leg);
    elements.emplace_back("addresses4", device.leg);
  }
  for (const std::string& address : device.beside) {
    BERTH_TRY(const bool is_v6, check_address(address));
    const std::string family = is_v6 ? "6" : "4";
    elements.emplace_back("beside" + family, address);
    if (device.is_without_imds) elements.emplace_back("beside_without_imds" + family, address);
  }
  if (device.is_discovered) elements.emplace_back("discovered", name);
  if (device.is_published_only) elements.emplace_back("published_only", name);
  if (device.is_without_imds) elements.emplace_back("without_imds", name);
  if (device.groups) {
    elements.emplace_back("ingress", name + " : goto to-" + device.name);
    elements.emplace_back("egress", name + " : goto from-" + device.name);
  }
  return elements;
}

/// The device's own two chains: each of its groups in turn, and nothing that none of them allows.
Result<std::string> chains_of(const std::string& table, const Device& device) {
  const std::string to = "inet " + table + " to-" + device.name;
  const std::string from = "inet " + table + " from-" + device.name;
  std::string text = "add chain " + to + "\nadd chain " + from + "\n";
  for (const std::string& id : *device.groups) {
    BERTH_CHECK(check_group_id(id));
    text += "add rule " + to + " jump " + ingress_chain_of(id) + "\n";
    text += "add rule " + from + " jump " + egress_chain_of(id) + "\n";
  }
  return text + "add rule " + to + " drop\nadd rule " + from + " drop\n";
}

Result<std::string> direct_elements(const Ruleset& rules) {
  std::string text;
  for (const std::string& cidr : rules.direct) {
    BERTH_TRY(const Block block, block_in(cidr));
    if (block.text.empty()) continue;
    text += "add element inet " + rules.table + " direct" + (block.is_v6 ? "6" : "4") + " { " +
            block.text + " }\n";
  }
  return text;
}

/// The group as it is known, or one without members that nobody told of.
Group known_group(const Ruleset& rules, const std::string& id) {
  const auto known = rules.groups.find(id);
  return known == rules.groups.end() ? Group{.id = id} : known->second;
}

/// Ids in `ids` whose group is another in `from`, or that `had` lacks.
std::vector<Group> changed_groups(const std::set<std::string>& ids,
                                  const std::set<std::string>& had, const Ruleset& from,
                                  const Ruleset& to) {
  std::vector<Group> changed;
  for (const std::string& id : ids) {
    const Group group = known_group(to, id);
    if (!had.contains(id) || known_group(from, id) != group) changed.push_back(group);
  }
  return changed;
}

}  // namespace

NeededGroups needed_groups(const Ruleset& rules) {
  NeededGroups needed;
  for (const auto& [name, device] : rules.devices) {
    if (device.groups) needed.with_rules.insert(device.groups->begin(), device.groups->end());
  }
  needed.with_members = needed.with_rules;
  for (const std::string& id : needed.with_rules) {
    const Group group = known_group(rules, id);
    for (const auto* list : {&group.ingress, &group.egress}) {
      for (const GroupRule& rule : *list) {
        needed.with_members.insert(rule.group_ids.begin(), rule.group_ids.end());
      }
    }
  }
  return needed;
}

Result<GroupChanges> group_changes(const Ruleset& from, const Ruleset& to) {
  const NeededGroups had = needed_groups(from);
  const NeededGroups has = needed_groups(to);
  GroupChanges changes;
  for (const std::string& id : has.with_rules) {
    if (to.groups.contains(id)) continue;
    return Error{Errc::NotFound, 0, "security group \"" + id + "\" is not known on this node"};
  }
  for (const Group& group : changed_groups(has.with_members, had.with_members, from, to)) {
    BERTH_TRY(const std::string members, members_text(to.table, group));
    changes.before += members;
  }
  for (const Group& group : changed_groups(has.with_rules, had.with_rules, from, to)) {
    BERTH_TRY(const std::string rules, rules_text(to.table, group));
    changes.before += rules;
  }
  for (const std::string& id : had.with_rules) {
    if (!has.with_rules.contains(id)) changes.after += rules_removal(to.table, id);
  }
  for (const std::string& id : had.with_members) {
    if (!has.with_members.contains(id)) changes.after += members_removal(to.table, id);
  }
  return changes;
}

Result<std::string> text_of(const Ruleset& rules) {
  BERTH_CHECK(check_table_name(rules.table));
  for (const std::string& address : rules.publish_addresses) BERTH_CHECK(check_address(address));
  std::ostringstream text;
  text << "table inet " << rules.table << " {" << kSets;
  add_source_checks(text);
  if (!rules.is_of_gateway) {
    text << kTranslationSets;
    add_destinations(text, rules);
    add_sources(text);
  }
  add_filters(text, rules);
  text << "}\n";
  BERTH_TRY(const std::string direct, direct_elements(rules));
  text << direct;
  Ruleset empty;
  empty.table = rules.table;
  BERTH_TRY(const GroupChanges groups, group_changes(empty, rules));
  text << groups.before;
  for (const auto& [name, device] : rules.devices) {
    BERTH_TRY(const std::string addition, text_to_add(rules.table, device));
    text << addition;
  }
  return text.str();
}

Result<std::string> text_to_add(const std::string& table, const Device& device) {
  BERTH_TRY(const auto elements, elements_of(device));
  std::string text;
  if (device.groups) {
    BERTH_TRY(text, chains_of(table, device));
  }
  for (const auto& [set, element] : elements) {
    text += "add element inet " + table + " " + set + " { " + element + " }\n";
  }
  return text;
}

Result<std::string> text_to_remove(const std::string& table, const Device& device) {
  BERTH_TRY(const auto elements, elements_of(device));
  std::string text;
  for (const auto& [set, element] : elements) {
    text += "delete element inet " + table + " " + set + " { " + element + " }\n";
  }
  if (device.groups) {
    for (const char* way : {"to-", "from-"}) {
      const std::string chain = "inet " + table + " " + way + device.name;
      text += "flush chain " + chain + "\ndelete chain " + chain + "\n";
    }
  }
  return text;
}

Result<std::string> removal_text(const std::string& table) {
  BERTH_CHECK(check_table_name(table));
  // Adding it first makes the deletion of a missing table no error.
  return "add table inet " + table + "\ndelete table inet " + table + "\n";
}

}  // namespace berth::firewall
