// group_file.cpp - no member that nobody reads, then as berth-lab's groups are read.
#include "agent/networks/group_file.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>

#include "agent/inbox/network.hpp"
#include "base/text.hpp"
#include "controlplane/protocol/berth_network.hpp"

namespace berth::networks {

namespace {

std::string at(const std::string& where, std::size_t index) {
  return where + "[" + std::to_string(index) + "]";
}

/// The protocol's own reading passes over what it does not know, and matches names in any case.
Result<> check_members(const Json& object, const std::string& where,
                       std::initializer_list<std::string_view> allowed) {
  if (!object.is_object()) return Error{Errc::Invalid, 0, where + ": must be an object"};
  for (const auto& member : object.items()) {
    if (std::find(allowed.begin(), allowed.end(), member.key()) != allowed.end()) continue;
    return Error{Errc::Invalid, 0,
                 where + "." + member.key() + ": is not known; members are " + joined(allowed)};
  }
  return ok();
}

Result<> check_rules(const Json& group, const char* direction, const std::string& where) {
  const auto rules = group.find(direction);
  if (rules == group.end() || !rules->is_array()) return ok();  // what it is is checked later
  for (std::size_t index = 0; index < rules->size(); ++index) {
    BERTH_CHECK(check_members((*rules)[index], at(where + "." + direction, index),
                              {"protocol", "fromPort", "toPort", "cidrs", "groupIds"}));
  }
  return ok();
}

Result<model::SecurityGroup> read_group(const Json& json, const std::string& where) {
  BERTH_CHECK(check_members(json, where, {"groupId", "ingress", "egress"}));
  for (const char* direction : {"ingress", "egress"}) {
    BERTH_CHECK(check_rules(json, direction, where));
  }
  auto group = protocol::decode<protocol::SecurityGroup>(json);
  if (!group) return std::move(group).error().while_doing(where);
  return inbox::security_group_of(*group);
}

}  // namespace

Result<std::vector<model::SecurityGroup>> read_groups(const std::vector<const Json*>& given) {
  std::vector<model::SecurityGroup> groups;
  std::set<std::string> ids;
  for (const Json* json : given) {
    const std::string where = at("securityGroups", groups.size());
    BERTH_TRY(model::SecurityGroup group, read_group(*json, where));
    if (!ids.insert(group.id).second) {
      return Error{Errc::Invalid, 0,
                   where + ".groupId: \"" + group.id + "\" must be there only once"};
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace berth::networks
