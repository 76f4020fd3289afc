// security_group.cpp - a security group as the lab keeps it, shows it and tells it; pure.
#include "lab/security_group.hpp"

#include <algorithm>
#include <tuple>

namespace berth::lab {

namespace {

std::vector<protocol::SecurityGroupRule> told_rules(const std::vector<Rule>& rules) {
  std::vector<protocol::SecurityGroupRule> told;
  for (const Rule& rule : rules) {
    auto at = std::find_if(told.begin(), told.end(), [&rule](const auto& one) {
      return std::tie(one.protocol, one.from_port, one.to_port) ==
             std::tie(rule.protocol, rule.from_port, rule.to_port);
    });
    if (at == told.end()) {
      at = told.insert(told.end(), {rule.protocol, rule.from_port, rule.to_port, {}, {}});
    }
    if (rule.cidr.empty()) {
      at->group_ids.push_back(rule.group_id);
    } else {
      at->cidrs.push_back(rule.cidr);
    }
  }
  return told;
}

Json rules_record(const std::vector<Rule>& rules) {
  Json record = Json::array();
  for (const Rule& rule : rules) {
    record.push_back({{"id", rule.id},
                      {"protocol", rule.protocol},
                      {"from", rule.from_port},
                      {"to", rule.to_port},
                      {"cidr", rule.cidr},
                      {"group", rule.group_id},
                      {"description", rule.description}});
  }
  return record;
}

std::vector<Rule> rules_from(const Json& record) {
  std::vector<Rule> rules;
  for (const Json& one : record) {
    rules.push_back({one.at("id"), one.at("protocol"), one.at("from"), one.at("to"), one.at("cidr"),
                     one.at("group"), one.at("description")});
  }
  return rules;
}

}  // namespace

bool Rule::same_as(const Rule& other) const {
  auto what = [](const Rule& rule) {
    return std::tie(rule.protocol, rule.from_port, rule.to_port, rule.cidr, rule.group_id);
  };
  return what(*this) == what(other);
}

bool SecurityGroup::names(const std::string& group_id) const {
  auto named = [&group_id](const Rule& rule) { return rule.group_id == group_id; };
  return std::any_of(ingress.begin(), ingress.end(), named) ||
         std::any_of(egress.begin(), egress.end(), named);
}

Rule everything(std::string id, std::string cidr) {
  Rule rule;
  rule.id = std::move(id);
  rule.protocol = "-1";
  rule.cidr = std::move(cidr);
  return rule;
}

protocol::SecurityGroup told(const SecurityGroup& group, std::vector<std::string> members) {
  return {group.id, group.version, told_rules(group.ingress), told_rules(group.egress),
          std::move(members)};
}

Json to_record(const SecurityGroup& group) {
  return {{"id", group.id},
          {"name", group.name},
          {"description", group.description},
          {"ingress", rules_record(group.ingress)},
          {"egress", rules_record(group.egress)},
          {"version", group.version},
          {"tags", group.tags}};
}

Result<SecurityGroup> group_from_record(const Json& record) {
  // nlohmann's at() and get() throw on a record that this file did not write.
  try {
    SecurityGroup group;
    group.id = record.at("id");
    group.name = record.at("name");
    group.description = record.at("description");
    group.ingress = rules_from(record.at("ingress"));
    group.egress = rules_from(record.at("egress"));
    group.version = record.at("version");
    group.tags = record.at("tags");
    return group;
  } catch (const Json::exception& error) {
    return Error{Errc::Broken, 0, "record of a security group: " + std::string(error.what())};
  }
}

}  // namespace berth::lab
