// network.cpp - what a node is to know of groups and routes.
#include "lab/network.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace berth::lab {

namespace {

/// Every group with the addresses of its members.
std::map<std::string, std::vector<std::string>> members_by_group(const Lab& lab) {
  std::map<std::string, std::vector<std::string>> members;
  for (const auto& [id, task] : lab.tasks()) {
    if (!task.interface || !task.is_live()) continue;
    for (const std::string& group : task.interface->groups) {
      for (std::string& address : task.interface->addresses()) {
        members[group].push_back(std::move(address));
      }
    }
  }
  // By task id they would be in another order after each change.
  for (auto& [group, addresses] : members) std::sort(addresses.begin(), addresses.end());
  return members;
}

bool is_reachable_from_elsewhere(const std::string& text) {
  const auto address = parse_address(text);
  static const Prefix kOnlyHere[] = {*parse_prefix("127.0.0.0/8"), *parse_prefix("::1/128"),
                                     *parse_prefix("fe80::/10")};
  return address && std::none_of(std::begin(kOnlyHere), std::end(kOnlyHere),
                                 [&](const Prefix& one) { return one.holds(*address); });
}

/// Its tasks are hosts of a LAN, which everybody finds there and not behind the node.
bool has_tasks_on_the_lan(const Instance& instance) {
  return instance.attribute("berth.eni-driver").value_or("bridge") != "bridge";
}

/// Where `from` finds `to`; "" when nothing is known that helps.
std::string way_to(const Instance& to, const Instance& from) {
  if (is_reachable_from_elsewhere(to.address)) return parse_address(to.address)->text();
  // It runs where the lab runs, and `from` has found that.
  const bool beside_the_lab = parse_address(to.address) && !from.lab_address.empty() &&
                              is_reachable_from_elsewhere(from.lab_address);
  return beside_the_lab ? parse_address(from.lab_address)->text() : "";
}

void add_routes(const Lab& lab, const Instance& to, const std::string& via, NodeNetwork& network) {
  const auto gateway = parse_address(via);
  if (!gateway) return;
  for (const auto& [subnet, block] : to.blocks) {
    const Subnet& divided = lab.subnets().at(subnet).subnet();
    for (const auto& range : {divided.ipv4_block(block), divided.ipv6_block(block)}) {
      if (range && range->base.bits == gateway->bits) {
        network.routes.push_back({range->text(), via});
      }
    }
  }
}

}  // namespace

std::vector<protocol::SecurityGroup> told_groups(const Lab& lab,
                                                 const std::vector<std::string>& ids) {
  std::set<std::string> wanted(ids.begin(), ids.end());
  for (const std::string& id : ids) {
    const auto found = lab.groups().find(id);
    if (found == lab.groups().end()) continue;
    for (const auto* rules : {&found->second.ingress, &found->second.egress}) {
      for (const Rule& rule : *rules) {
        if (!rule.group_id.empty()) wanted.insert(rule.group_id);
      }
    }
  }
  if (wanted.empty()) return {};
  auto members = members_by_group(lab);
  std::vector<protocol::SecurityGroup> groups;
  for (const std::string& id : wanted) {
    const auto found = lab.groups().find(id);
    if (found != lab.groups().end()) groups.push_back(told(found->second, std::move(members[id])));
  }
  return groups;
}

NodeNetwork network_of(const Lab& lab, const Instance& instance) {
  NodeNetwork network;
  std::vector<std::string> groups;
  for (const auto& [id, task] : lab.tasks()) {
    if (task.instance_arn != instance.arn || !task.is_live() || !task.interface) continue;
    groups.insert(groups.end(), task.interface->groups.begin(), task.interface->groups.end());
  }
  network.security_groups = told_groups(lab, groups);
  for (const auto& [arn, other] : lab.instances()) {
    if (arn == instance.arn || other.status == "INACTIVE" || has_tasks_on_the_lan(other)) continue;
    add_routes(lab, other, way_to(other, instance), network);
  }
  return network;
}

bool NetworkNews::is_due(const Lab& lab, const Instance& instance) const {
  // After a reconnect the agent may still hold what it was told before.
  if (!told_) return !wanted_.is_empty() || instance.network_told;
  if (acked_) return *told_ != wanted_;
  return lab.clock().now() >= at_ + lab.settings().resend;
}

std::optional<protocol::BerthNetworkMessage> NetworkNews::next(Lab& lab, Instance& instance) {
  if (revision_ != lab.network_revision()) {
    revision_ = lab.network_revision();
    wanted_ = network_of(lab, instance);
  }
  if (!is_due(lab, instance)) return std::nullopt;
  instance.network_told = true;  // written down with the number
  protocol::BerthNetworkMessage message;
  message.message_id = lab.random().uuid();
  message.cluster_arn = lab.names().cluster_arn(instance.cluster);
  message.container_instance_arn = instance.arn;
  message.generated_at_ms = lab.now().time_since_epoch().count();
  message.version = lab.next_seq_num(instance);
  message.security_groups = wanted_.security_groups;
  message.routes = wanted_.routes;
  told_ = wanted_;
  message_id_ = message.message_id;
  at_ = lab.clock().now();
  acked_ = false;
  return message;
}

bool NetworkNews::take_ack(const std::string& message_id) {
  if (!told_ || message_id != message_id_) return false;
  acked_ = true;
  return true;
}

std::optional<NetworkNews::Moment> NetworkNews::resend_at(const Lab& lab) const {
  if (!told_ || acked_) return std::nullopt;
  return at_ + lab.settings().resend;
}

}  // namespace berth::lab
