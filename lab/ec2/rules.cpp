// rules.cpp - the calls that change what security groups let through.
#include <algorithm>
#include <charconv>

#include "base/log.hpp"
#include "lab/ec2/api.hpp"

namespace berth::lab::ec2 {

namespace {

constexpr std::string_view kNamed[][2] = {
    {"6", "tcp"}, {"17", "udp"}, {"1", "icmp"}, {"58", "icmpv6"}, {"all", "-1"}};

/// Which of a group's lists a call is about.
struct Direction {
  std::vector<Rule> SecurityGroup::* rules;
  const char* name;
};
constexpr Direction kIngress{&SecurityGroup::ingress, "ingress"};
constexpr Direction kEgress{&SecurityGroup::egress, "egress"};

Reply<std::string> protocol_in(const Json& permission) {
  BERTH_TRY(std::string protocol, required_text(permission, "IpProtocol"));
  for (char& c : protocol) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const auto& [given, shown] : kNamed) {
    if (protocol == given) return std::string(shown);
    if (protocol == shown) return protocol;
  }
  int number = -1;
  const char* end = protocol.data() + protocol.size();
  const auto [stop, failed] = std::from_chars(protocol.data(), end, number);
  if (failed != std::errc() || stop != end || number < 0 || number > 255) {
    return Fault{"InvalidParameterValue",
                 "Invalid value '" + protocol + "' for IP protocol. Unknown protocol."};
  }
  return std::to_string(number);
}

Reply<std::optional<std::int64_t>> number_in(const Json& permission, const char* name) {
  BERTH_TRY(const std::string text, text_of(permission, name));
  if (text.empty()) return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, number);
  if (failed == std::errc() && stop == end) return std::optional(number);
  return bad_value(text, name, "Must be a whole number.");
}

Fault bad_ports(std::int64_t from, std::int64_t to, const std::string& why) {
  return {"InvalidParameterValue", "Invalid value '" + std::to_string(from) + "-" +
                                       std::to_string(to) + "' for portRange. " + why};
}

/// Ports, or type and code. source: EC2 API, IpPermission.
Reply<> read_ports(const Json& permission, Rule& rule) {
  BERTH_TRY(const auto from, number_in(permission, "FromPort"));
  BERTH_TRY(const auto to, number_in(permission, "ToPort"));
  const bool icmp = rule.protocol == "icmp" || rule.protocol == "icmpv6";
  const bool ports = rule.protocol == "tcp" || rule.protocol == "udp";
  if (!icmp && !ports) return done();  // whatever is said, all of the protocol is meant
  if (ports && (!from || !to)) {
    return Fault{
        "InvalidParameterValue",
        "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."};
  }
  rule.from_port = from.value_or(-1);
  rule.to_port = to.value_or(-1);
  const std::int64_t least = ports ? 0 : -1;
  const std::int64_t most = ports ? 65535 : 255;
  for (const std::int64_t one : {rule.from_port, rule.to_port}) {
    if (one >= least && one <= most) continue;
    return bad_ports(rule.from_port, rule.to_port,
                     "Must be from " + std::to_string(least) + " to " + std::to_string(most) + ".");
  }
  if (ports && rule.to_port < rule.from_port) {
    return bad_ports(rule.from_port, rule.to_port, "The first must not be above the second.");
  }
  return done();
}

/// Adds one rule for each range of that family.
Reply<> add_ranges(const Json& permission, const char* list, const char* member,
                   const Rule& pattern, std::vector<Rule>& rules) {
  BERTH_TRY(const auto ranges, objects_of(permission, list));
  for (const Json& range : ranges) {
    Rule rule = pattern;
    BERTH_TRY(const std::string text, required_text(range, member));
    BERTH_TRY(rule.description, text_of(range, "Description"));
    const auto prefix = canonical_prefix(text);
    if (!prefix || prefix->is_v6() != (std::string_view(member) == "CidrIpv6")) {
      return Fault{"InvalidParameterValue", "CIDR block " + text + " is malformed"};
    }
    rule.cidr = prefix->text();
    rules.push_back(std::move(rule));
  }
  return done();
}

Reply<> add_permission(const Lab& lab, const Json& permission, std::vector<Rule>& rules) {
  Rule pattern;
  BERTH_TRY(pattern.protocol, protocol_in(permission));
  BERTH_CHECK(read_ports(permission, pattern));
  const std::size_t before = rules.size();
  BERTH_CHECK(add_ranges(permission, "IpRanges", "CidrIp", pattern, rules));
  BERTH_CHECK(add_ranges(permission, "Ipv6Ranges", "CidrIpv6", pattern, rules));
  BERTH_TRY(const auto groups, objects_of(permission, "Groups"));
  for (const Json& group : groups) {
    Rule rule = pattern;
    BERTH_TRY(const SecurityGroup* named, group_in(lab, group));
    BERTH_TRY(rule.description, text_of(group, "Description"));
    rule.group_id = named->id;
    rules.push_back(std::move(rule));
  }
  if (permission.contains("PrefixListIds")) {
    return Fault{"InvalidPrefixListId.NotFound", "berth-lab has no prefix lists"};
  }
  if (rules.size() > before) return done();
  return Fault{"MissingParameter",
               "The request must contain the parameter ipRanges, ipv6Ranges or groups"};
}

/// A permission written with the members of the call itself.
Reply<Json> flat_permission(const Json& input) {
  Json permission = input;
  BERTH_TRY(const std::string cidr, text_of(input, "CidrIp"));
  BERTH_TRY(const std::string group, text_of(input, "SourceSecurityGroupName"));
  if (!cidr.empty()) permission["IpRanges"] = Json::array({{{"CidrIp", cidr}}});
  if (!group.empty()) permission["Groups"] = Json::array({{{"GroupName", group}}});
  return permission;
}

/// What a call wants let through, without ids.
Reply<std::vector<Rule>> rules_in(const Lab& lab, const Json& input) {
  std::vector<Rule> rules;
  BERTH_TRY(auto permissions, objects_of(input, "IpPermissions"));
  if (permissions.empty() && input.contains("IpProtocol")) {
    BERTH_TRY(Json permission, flat_permission(input));
    permissions.push_back(std::move(permission));
  }
  for (const Json& one : permissions) BERTH_CHECK(add_permission(lab, one, rules));
  return rules;
}

std::string words_of(const Rule& rule) {
  return "peer: " + (rule.cidr.empty() ? rule.group_id : rule.cidr) +
         ", protocol: " + rule.protocol + ", from port: " + std::to_string(rule.from_port) +
         ", to port: " + std::to_string(rule.to_port) + ", ALLOW";
}

Json shown_rule(const Rule& rule, const std::string& group, bool egress) {
  Json shown = {{"securityGroupRuleId", rule.id}, {"groupId", group},
                {"groupOwnerId", kAccount},       {"isEgress", egress},
                {"ipProtocol", rule.protocol},    {"fromPort", rule.from_port},
                {"toPort", rule.to_port},         {"tagSet", Json::array()}};
  if (!rule.description.empty()) shown["description"] = rule.description;
  if (rule.cidr.empty()) {
    shown["referencedGroupInfo"] = {{"groupId", rule.group_id}, {"userId", kAccount}};
  } else {
    shown[rule.cidr.find(':') == std::string::npos ? "cidrIpv4" : "cidrIpv6"] = rule.cidr;
  }
  return shown;
}

Json shown_rules(const std::vector<Rule>& rules, const std::string& group, Direction direction) {
  Json shown = Json::array();
  for (const Rule& rule : rules) {
    shown.push_back(shown_rule(rule, group, direction.rules == kEgress.rules));
  }
  return shown;
}

auto same_as(const Rule& rule) {
  return [&rule](const Rule& other) { return other.same_as(rule); };
}

Reply<Json> authorize(Lab& lab, const Json& input, Direction direction) {
  BERTH_TRY(const SecurityGroup* known, group_in(lab, input));
  BERTH_TRY(std::vector<Rule> added, rules_in(lab, input));
  if (added.empty()) {
    return Fault{"MissingParameter", "The request must contain the parameter ipPermissions"};
  }
  SecurityGroup group = *known;
  std::vector<Rule>& rules = group.*direction.rules;
  for (Rule& rule : added) {
    if (std::any_of(rules.begin(), rules.end(), same_as(rule))) {
      return Fault{"InvalidPermission.Duplicate",
                   "the specified rule \"" + words_of(rule) + "\" already exists"};
    }
    rule.id = lab.fresh_id("sgr-");
    rules.push_back(rule);
  }
  BERTH_CHECK(check_dry_run(input));
  const std::string id = group.id;
  BERTH_CHECK(lab.change_group(std::move(group)));
  log::info("security group lets more through",
            {{"what", id}, {"kind", direction.name}, {"count", added.size()}});
  return Json{{"return", true}, {"securityGroupRuleSet", shown_rules(added, id, direction)}};
}

Reply<Json> revoke(Lab& lab, const Json& input, Direction direction) {
  BERTH_TRY(const SecurityGroup* known, group_in(lab, input));
  BERTH_TRY(const std::vector<Rule> named, rules_in(lab, input));
  BERTH_TRY(const auto ids, texts_of(input, "SecurityGroupRuleId"));
  if (named.empty() && ids.empty()) {
    return Fault{"MissingParameter",
                 "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided."};
  }
  SecurityGroup group = *known;
  std::vector<Rule>& rules = group.*direction.rules;
  std::vector<Rule> gone;
  auto take = [&rules, &gone](auto is_meant) {
    const auto found = std::find_if(rules.begin(), rules.end(), is_meant);
    if (found == rules.end()) return false;
    gone.push_back(*found);
    rules.erase(found);
    return true;
  };
  for (const Rule& rule : named) {
    if (take(same_as(rule))) continue;
    return Fault{"InvalidPermission.NotFound",
                 "The specified rule does not exist in this security group: " + words_of(rule)};
  }
  for (const std::string& id : ids) {
    if (take([&id](const Rule& rule) { return rule.id == id; })) continue;
    return Fault{"InvalidSecurityGroupRuleId.NotFound",
                 "The security group rule ID '" + id + "' does not exist"};
  }
  BERTH_CHECK(check_dry_run(input));
  const std::string id = group.id;
  BERTH_CHECK(lab.change_group(std::move(group)));
  log::info("security group lets less through",
            {{"what", id}, {"kind", direction.name}, {"count", gone.size()}});
  return Json{{"return", true}, {"revokedSecurityGroupRuleSet", shown_rules(gone, id, direction)}};
}

}  // namespace

Json permissions_of(const std::vector<Rule>& rules) {
  Json permissions = Json::array();
  for (const Rule& rule : rules) {
    auto at = std::find_if(permissions.begin(), permissions.end(), [&rule](const Json& one) {
      return one["ipProtocol"] == rule.protocol && one.value("fromPort", -1) == rule.from_port &&
             one.value("toPort", -1) == rule.to_port;
    });
    if (at == permissions.end()) {
      Json fresh = {{"ipProtocol", rule.protocol},
                    {"groups", Json::array()},
                    {"ipRanges", Json::array()},
                    {"ipv6Ranges", Json::array()},
                    {"prefixListIds", Json::array()}};
      if (rule.protocol != "-1") {
        fresh["fromPort"] = rule.from_port;
        fresh["toPort"] = rule.to_port;
      }
      permissions.push_back(std::move(fresh));
      at = std::prev(permissions.end());
    }
    Json entry = Json::object();
    if (!rule.description.empty()) entry["description"] = rule.description;
    if (rule.cidr.empty()) {
      entry["groupId"] = rule.group_id;
      entry["userId"] = kAccount;
      (*at)["groups"].push_back(entry);
    } else if (rule.cidr.find(':') == std::string::npos) {
      entry["cidrIp"] = rule.cidr;
      (*at)["ipRanges"].push_back(entry);
    } else {
      entry["cidrIpv6"] = rule.cidr;
      (*at)["ipv6Ranges"].push_back(entry);
    }
  }
  return permissions;
}

Reply<Json> authorize_security_group_ingress(Lab& lab, const Json& input) {
  return authorize(lab, input, kIngress);
}

Reply<Json> authorize_security_group_egress(Lab& lab, const Json& input) {
  return authorize(lab, input, kEgress);
}

Reply<Json> revoke_security_group_ingress(Lab& lab, const Json& input) {
  return revoke(lab, input, kIngress);
}

Reply<Json> revoke_security_group_egress(Lab& lab, const Json& input) {
  return revoke(lab, input, kEgress);
}

}  // namespace berth::lab::ec2
