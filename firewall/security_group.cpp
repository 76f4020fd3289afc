// security_group.cpp - two chains and two sets for each group.
#include "firewall/security_group.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "firewall/names.hpp"

namespace berth::firewall {

namespace {

constexpr int kAny = -1;
constexpr int kMostPort = 65535;
constexpr int kMostNumber = 255;  // of IP protocols, ICMP types and codes

enum class Direction : std::uint8_t { Ingress, Egress };

std::string in_quotes(const std::string& text) {
  return "\"" + text + "\"";
}

Error refused(const std::string& field, const std::string& value, const std::string& allowed) {
  return Error{Errc::Invalid, 0, field + " " + in_quotes(value) + ": must be " + allowed};
}

/// A number from 0 to `most`.
Result<int> number_in(const std::string& field, int value, int most) {
  if (value >= 0 && value <= most) return value;
  return refused(field, std::to_string(value), "0 to " + std::to_string(most));
}

Result<std::string> ports_match(const GroupRule& rule) {
  if (rule.from_port == kAny && rule.to_port == kAny) return "meta l4proto " + rule.protocol;
  BERTH_TRY(const int from, number_in("fromPort", rule.from_port, kMostPort));
  BERTH_TRY(const int to, number_in("toPort", rule.to_port, kMostPort));
  if (to < from) {
    return refused("toPort", std::to_string(to), "at least fromPort " + std::to_string(from));
  }
  return rule.protocol + " dport " + std::to_string(from) + "-" + std::to_string(to);
}

Result<std::string> icmp_match(const GroupRule& rule) {
  std::string match = "meta l4proto " + std::string(rule.protocol == "icmp" ? "icmp" : "icmpv6");
  if (rule.from_port == kAny) return match;
  BERTH_TRY(const int type, number_in("fromPort", rule.from_port, kMostNumber));
  match = rule.protocol + " type " + std::to_string(type);
  if (rule.to_port == kAny) return match;
  BERTH_TRY(const int code, number_in("toPort", rule.to_port, kMostNumber));
  return match + " " + rule.protocol + " code " + std::to_string(code);
}

std::optional<int> protocol_number(const std::string& text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data(), end, number);
  if (bad != std::errc{} || stopped != end || number < 0 || number > kMostNumber) return {};
  return number;
}

/// What of a packet the rule looks at besides addresses; "" is nothing.
Result<std::string> protocol_match(GroupRule rule) {
  constexpr int kIcmp = 1;
  constexpr int kTcp = 6;
  constexpr int kUdp = 17;
  constexpr int kIcmpV6 = 58;
  if (rule.protocol == "-1") return std::string();
  if (const auto number = protocol_number(rule.protocol)) {
    if (*number == kTcp) rule.protocol = "tcp";
    if (*number == kUdp) rule.protocol = "udp";
    if (*number == kIcmp) rule.protocol = "icmp";
    if (*number == kIcmpV6) rule.protocol = "icmpv6";
  }
  if (rule.protocol == "tcp" || rule.protocol == "udp") return ports_match(rule);
  if (rule.protocol == "icmp" || rule.protocol == "icmpv6") return icmp_match(rule);
  if (protocol_number(rule.protocol)) return "meta l4proto " + rule.protocol;
  return refused("protocol", rule.protocol, "tcp, udp, icmp, icmpv6, -1 or 0 to 255");
}

/// The other side's addresses, one match for each.
Result<std::vector<std::string>> peers_of(const GroupRule& rule, Direction direction) {
  const std::string side = direction == Direction::Ingress ? "saddr " : "daddr ";
  std::vector<std::string> matches;
  for (const std::string& cidr : rule.cidrs) {
    BERTH_TRY(const Block block, block_in(cidr));
    const std::string family = block.is_v6 ? "ip6" : "ip";
    matches.push_back(block.text.empty()
                          ? "meta nfproto " + std::string(block.is_v6 ? "ipv6" : "ipv4")
                          : family + " " + side + block.text);
  }
  for (const std::string& id : rule.group_ids) {
    BERTH_CHECK(check_group_id(id));
    matches.push_back("ip " + side + "@" + members_set_of(id, false));
    matches.push_back("ip6 " + side + "@" + members_set_of(id, true));
  }
  return matches;
}

Result<std::string> rules_of(const std::string& chain, const std::vector<GroupRule>& rules,
                             Direction direction) {
  const std::string verdict =
      direction == Direction::Ingress ? "accept" : "goto " + std::string(kAdmitted);
  std::string text;
  for (const GroupRule& rule : rules) {
    BERTH_TRY(const std::string protocol, protocol_match(rule));
    BERTH_TRY(const std::vector<std::string> peers, peers_of(rule, direction));
    for (const std::string& peer : peers) {
      text += "add rule " + chain + " " + peer + " " + protocol + (protocol.empty() ? "" : " ") +
              verdict + "\n";
    }
  }
  return text;
}

}  // namespace

std::string ingress_chain_of(const std::string& group_id) {
  return "in-" + group_id;
}

std::string egress_chain_of(const std::string& group_id) {
  return "out-" + group_id;
}

std::string members_set_of(const std::string& group_id, bool is_v6) {
  return (is_v6 ? "members6-" : "members4-") + group_id;
}

Result<std::string> members_text(const std::string& table, const Group& group) {
  BERTH_CHECK(check_group_id(group.id));
  const std::string in = "inet " + table + " ";
  std::string text;
  for (const bool is_v6 : {false, true}) {
    const std::string set = in + members_set_of(group.id, is_v6);
    text += "add set " + set + " { type " + (is_v6 ? "ipv6_addr" : "ipv4_addr") + "; }\n" +
            "flush set " + set + "\n";
  }
  for (const std::string& member : group.members) {
    BERTH_TRY(const bool is_v6, check_address(member));
    text += "add element " + in + members_set_of(group.id, is_v6) + " { " + member + " }\n";
  }
  return text;
}

Result<std::string> rules_text(const std::string& table, const Group& group) {
  BERTH_CHECK(check_group_id(group.id));
  const std::string ingress = "inet " + table + " " + ingress_chain_of(group.id);
  const std::string egress = "inet " + table + " " + egress_chain_of(group.id);
  BERTH_TRY(const std::string in_rules, rules_of(ingress, group.ingress, Direction::Ingress));
  BERTH_TRY(const std::string out_rules, rules_of(egress, group.egress, Direction::Egress));
  return "add chain " + ingress + "\nflush chain " + ingress + "\n" + in_rules + "add chain " +
         egress + "\nflush chain " + egress + "\n" + out_rules;
}

std::string rules_removal(const std::string& table, const std::string& group_id) {
  std::string text;
  for (const std::string& chain : {ingress_chain_of(group_id), egress_chain_of(group_id)}) {
    const std::string whole = "inet " + table + " " + chain + "\n";
    text += "flush chain " + whole + "delete chain " + whole;
  }
  return text;
}

std::string members_removal(const std::string& table, const std::string& group_id) {
  std::string text;
  for (const bool is_v6 : {false, true}) {
    text += "delete set inet " + table + " " + members_set_of(group_id, is_v6) + "\n";
  }
  return text;
}

}  // namespace berth::firewall
