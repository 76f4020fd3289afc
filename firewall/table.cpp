// table.cpp - changes as transactions by libnftables, the question by nfnetlink.
#include "firewall/table.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/crash_point.hpp"
#include "base/unique_fd.hpp"
#include "firewall/nftables.hpp"
#include "firewall/security_group.hpp"

namespace berth::firewall {

namespace {

constexpr timeval kPatience{5, 0};

/// The message that asks for one table of family inet.
std::string question_for(const std::string& table) {
  struct {
    nlmsghdr netlink;
    nfgenmsg family;
    nlattr name;
  } head{};
  head.netlink.nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETTABLE;
  head.netlink.nlmsg_flags = NLM_F_REQUEST;
  head.family.nfgen_family = NFPROTO_INET;
  head.family.version = NFNETLINK_V0;
  head.name.nla_type = NFTA_TABLE_NAME;
  head.name.nla_len = static_cast<std::uint16_t>(sizeof head.name + table.size() + 1);
  head.netlink.nlmsg_len = static_cast<std::uint32_t>(sizeof head + NLMSG_ALIGN(table.size() + 1));
  std::string bytes(head.netlink.nlmsg_len, '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, table.data(), table.size());
  return bytes;
}

/// The groups of all devices, and those that these refer to.
std::set<std::string> used_groups(const Ruleset& rules) {
  std::set<std::string> used;
  for (const auto& [name, device] : rules.devices) {
    if (device.groups) used.insert(device.groups->begin(), device.groups->end());
  }
  const std::set<std::string> own = used;
  for (const std::string& id : own) {
    const auto group = rules.groups.find(id);
    if (group == rules.groups.end()) continue;
    for (const auto* list : {&group->second.ingress, &group->second.egress}) {
      for (const GroupRule& rule : *list) used.insert(rule.group_ids.begin(), rule.group_ids.end());
    }
  }
  return used;
}

/// A group nobody has told of yet: without members, and older than anything told.
Group placeholder_of(const std::string& id) {
  return {.id = id, .version = -1};
}

/// True when `given` changes what is known.
bool is_news(const std::map<std::string, Group>& known, const Group& given) {
  const auto before = known.find(given.id);
  if (before == known.end()) return true;
  return given.version >= before->second.version && given != before->second;
}

/// Every group that another refers to, known or not.
void add_referred(const Group& group, std::map<std::string, Group>& groups) {
  for (const auto* list : {&group.ingress, &group.egress}) {
    for (const GroupRule& rule : *list) {
      for (const std::string& id : rule.group_ids) groups.try_emplace(id, placeholder_of(id));
    }
  }
}

Result<std::string> text_for_groups(const std::string& table,
                                    const std::map<std::string, Group>& groups) {
  std::string text;
  for (const auto& [id, group] : groups) {
    BERTH_TRY(const std::string declaration, declaration_of(table, group));
    text += declaration;
  }
  for (const auto& [id, group] : groups) {
    BERTH_TRY(const std::string contents, contents_of(table, group));
    text += contents;
  }
  return text;
}

/// Chains first: they refer to the sets of each other.
std::string text_without_groups(const std::string& table, const std::set<std::string>& ids) {
  const std::string in = " inet " + table + " ";
  std::string flushes;
  std::string deletions;
  for (const std::string& id : ids) {
    for (const std::string& chain : {ingress_chain_of(id), egress_chain_of(id)}) {
      flushes += "flush chain" + in + chain + "\n";
      deletions += "delete chain" + in + chain + "\n";
    }
  }
  for (const std::string& id : ids) {
    for (const bool is_v6 : {false, true}) {
      deletions += "delete set" + in + members_set_of(id, is_v6) + "\n";
    }
  }
  return flushes + deletions;
}

Result<> check_groups_of(const Device& device, const std::map<std::string, Group>& known) {
  if (!device.groups) return ok();
  for (const std::string& id : *device.groups) {
    if (known.contains(id)) continue;
    return Error{Errc::NotFound, 0, "security group \"" + id + "\" is not known on this node"};
  }
  return ok();
}

}  // namespace

void Table::expect(Device device) {
  const std::lock_guard lock(mutex_);
  std::string key = device.name;
  rules_.devices.insert_or_assign(std::move(key), std::move(device));
}

void Table::expect_groups(const std::vector<Group>& groups) {
  const std::lock_guard lock(mutex_);
  for (const Group& group : groups) {
    if (is_news(rules_.groups, group)) rules_.groups.insert_or_assign(group.id, group);
    add_referred(group, rules_.groups);
  }
}

Result<> Table::add(Device device, const std::vector<Group>& groups) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Group> changed;
  for (const Group& group : groups) changed.insert_or_assign(group.id, group);
  for (const Group& group : groups) add_referred(group, changed);
  std::erase_if(changed,
                [this](const auto& entry) { return !is_news(rules_.groups, entry.second); });
  Ruleset next = rules_;
  for (const auto& [id, group] : changed) next.groups.insert_or_assign(id, group);
  BERTH_CHECK(check_groups_of(device, next.groups));
  const auto before = rules_.devices.find(device.name);
  const bool is_new = before == rules_.devices.end();
  next.devices.insert_or_assign(device.name, device);

  BERTH_TRY(const bool is_there, exists(rules_.table));
  std::string text;
  if (!is_there) {
    BERTH_TRY(text, text_of(next));
  } else {
    BERTH_TRY(text, text_for_groups(rules_.table, changed));
    if (!is_new && before->second != device) {
      BERTH_TRY(const std::string removal, text_to_remove(rules_.table, before->second));
      text += removal;
    }
    if (is_new || before->second != device) {
      BERTH_TRY(const std::string addition, text_to_add(rules_.table, device));
      text += addition;
    }
  }
  BERTH_CHECK(run(text, "let " + device.name + " through firewall table inet " + rules_.table));
  rules_ = std::move(next);
  return ok();
}

Result<> Table::remove(const std::string& device) {
  const std::lock_guard lock(mutex_);
  const auto found = rules_.devices.find(device);
  if (found == rules_.devices.end()) return ok();
  BERTH_TRY(std::string text, text_to_remove(rules_.table, found->second));
  Ruleset next = rules_;
  next.devices.erase(device);
  const std::set<std::string> used = used_groups(next);
  std::set<std::string> unused;
  for (const auto& [id, group] : rules_.groups) {
    if (!used.contains(id)) unused.insert(id);
  }
  for (const std::string& id : unused) next.groups.erase(id);
  text += text_without_groups(rules_.table, unused);

  BERTH_TRY(const bool is_there, exists(rules_.table));
  if (is_there) {
    BERTH_CHECK(run(text, "take " + device + " out of firewall table inet " + rules_.table));
  }
  rules_ = std::move(next);
  return ok();
}

Result<> Table::change_groups(const std::vector<Group>& groups) {
  const std::lock_guard lock(mutex_);
  Ruleset next = rules_;
  for (const Group& group : groups) {
    const bool is_known = next.groups.contains(group.id);
    if (is_known && is_news(next.groups, group)) next.groups.insert_or_assign(group.id, group);
  }
  // A rule may refer to a group that was not needed before, given in this call or not.
  for (const std::string& id : used_groups(next)) {
    const auto given = std::find_if(groups.begin(), groups.end(),
                                    [&id](const Group& group) { return group.id == id; });
    next.groups.try_emplace(id, given == groups.end() ? placeholder_of(id) : *given);
  }
  std::map<std::string, Group> changed = next.groups;
  std::erase_if(changed, [this](const auto& entry) {
    const auto known = rules_.groups.find(entry.first);
    return known != rules_.groups.end() && known->second == entry.second;
  });
  BERTH_TRY(const bool is_there, exists(rules_.table));
  if (is_there && !changed.empty()) {
    BERTH_TRY(const std::string text, text_for_groups(rules_.table, changed));
    BERTH_CHECK(run(text, "change security groups in firewall table inet " + rules_.table));
  }
  rules_ = std::move(next);
  return ok();
}

Result<> Table::set_direct(std::vector<std::string> blocks) {
  const std::lock_guard lock(mutex_);
  if (rules_.direct == blocks) return ok();
  Ruleset next = rules_;
  next.direct = std::move(blocks);
  return replace(std::move(next));
}

void Table::claim_forwarding() {
  const std::lock_guard lock(mutex_);
  rules_.is_forwarding_ours = true;
}

Result<> Table::restore() {
  const std::lock_guard lock(mutex_);
  return replace(rules_);
}

Result<> Table::restore_if_used() {
  const std::lock_guard lock(mutex_);
  return rules_.devices.empty() ? ok() : replace(rules_);
}

Result<> Table::replace(Ruleset next) {
  BERTH_TRY(const std::string text, text_of(next));
  BERTH_CHECK(run(text, "replace firewall table inet " + rules_.table));
  rules_ = std::move(next);
  return ok();
}

Result<> Table::run(const std::string& text, const std::string& doing) {
  if (text.empty()) return ok();
  if (auto ran = run_nftables(text); !ran) return std::move(ran).error().while_doing(doing);
  BERTH_CRASH_POINT("firewall.changed");
  return ok();
}

Result<> remove_table(const std::string& table) {
  BERTH_TRY(const std::string text, removal_text(table));
  BERTH_TRY(const bool is_there, exists(table));
  if (!is_there) return ok();
  if (auto ran = run_nftables(text); !ran) {
    return std::move(ran).error().while_doing("remove firewall table inet " + table);
  }
  return ok();
}

Result<bool> exists(const std::string& table) {
  const std::string doing = "look for firewall table inet " + table;
  const UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!fd) return os_error(errno, doing);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  const std::string question = question_for(table);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (::sendto(fd.get(), question.data(), question.size(), 0,
               reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0) {
    return os_error(errno, doing);
  }
  struct {
    nlmsghdr netlink;
    int error;
    char rest[1024];
  } answer{};
  const ssize_t size = ::recv(fd.get(), &answer, sizeof answer, 0);
  if (size < 0) return os_error(errno == EAGAIN ? ETIMEDOUT : errno, doing);
  if (static_cast<std::size_t>(size) < sizeof answer.netlink + sizeof answer.error) {
    return Error{Errc::Broken, 0, doing + ": the kernel's answer is too short"};
  }
  if (answer.netlink.nlmsg_type != NLMSG_ERROR) return true;
  if (answer.error == -ENOENT) return false;
  return os_error(-answer.error, doing);
}

Result<std::vector<std::string>> find_forward_drops(const std::string& own_table) {
  BERTH_TRY(const std::string listing, run_nftables("list chains\n"));
  return forward_drops_in(listing, own_table);
}

}  // namespace berth::firewall
