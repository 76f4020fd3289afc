// groups.cpp - collected from files, filled from records.
#include "agent/networks/groups.hpp"

#include <algorithm>
#include <set>

namespace berth::networks {

namespace {

using model::SecurityGroup;

bool names(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

void add_addresses(const model::Eni& eni, SecurityGroup& group) {
  for (const std::string& address : {eni.ipv4, eni.ipv6}) {
    if (!address.empty() && !names(group.members, address)) group.members.push_back(address);
  }
}

bool is_same(const SecurityGroup& one, const SecurityGroup& other) {
  return one.id == other.id && one.ingress == other.ingress && one.egress == other.egress &&
         one.members == other.members;
}

std::set<std::string> referred_to(const SecurityGroup& group) {
  std::set<std::string> ids;
  for (const auto* rules : {&group.ingress, &group.egress}) {
    for (const model::SecurityGroupRule& rule : *rules) {
      ids.insert(rule.group_ids.begin(), rule.group_ids.end());
    }
  }
  return ids;
}

}  // namespace

bool Groups::refresh(const std::vector<model::NodeNetwork>& networks, const Records& records,
                     WallTime now) {
  std::vector<SecurityGroup> fresh;
  for (const model::NodeNetwork& network : networks) {
    fresh.insert(fresh.end(), network.groups.begin(), network.groups.end());
  }
  for (const auto& record : records) {
    if (!record->task.eni) continue;
    for (const SecurityGroup& group : record->task.eni->groups) {
      // Also of a time when the clock was ahead.
      if (!record->task.eni->network.empty()) version_ = std::max(version_, group.version);
    }
    if (record->released) continue;
    for (SecurityGroup& group : fresh) {
      if (names(record->task.eni->security_groups, group.id))
        add_addresses(*record->task.eni, group);
    }
  }
  for (SecurityGroup& group : fresh) std::sort(group.members.begin(), group.members.end());
  if (std::equal(fresh.begin(), fresh.end(), groups_.begin(), groups_.end(), is_same)) return false;
  version_ = std::max<std::int64_t>(version_ + 1, now.time_since_epoch().count());
  for (SecurityGroup& group : fresh) group.version = version_;
  groups_ = std::move(fresh);
  return true;
}

bool Groups::has(const std::string& id) const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [&id](const SecurityGroup& group) { return group.id == id; });
}

std::vector<SecurityGroup> Groups::for_member(const std::vector<std::string>& ids,
                                              const model::Eni& eni) const {
  std::set<std::string> wanted(ids.begin(), ids.end());
  for (const SecurityGroup& group : groups_) {
    if (names(ids, group.id)) wanted.merge(referred_to(group));
  }
  std::vector<SecurityGroup> chosen;
  for (const SecurityGroup& group : groups_) {
    if (!wanted.contains(group.id)) continue;
    chosen.push_back(group);
    if (names(ids, group.id)) add_addresses(eni, chosen.back());
  }
  return chosen;
}

}  // namespace berth::networks
