// table.cpp - changes as transactions by libnftables, the question by nfnetlink.
#include "firewall/table.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "base/crash_point.hpp"
#include "base/unique_fd.hpp"
#include "firewall/nftables.hpp"

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

/// Takes a group over unless a newer one is known.
void keep(const Group& group, std::map<std::string, Group>& groups) {
  const auto known = groups.find(group.id);
  if (known != groups.end() && group.version < known->second.version) return;
  groups.insert_or_assign(group.id, group);
}

void forget_unneeded(Ruleset& rules) {
  const NeededGroups needed = needed_groups(rules);
  std::erase_if(rules.groups, [&needed](const auto& entry) {
    return !needed.with_members.contains(entry.first);
  });
}

}  // namespace

void Table::expect(Device device) {
  const std::lock_guard lock(mutex_);
  std::string key = device.name;
  rules_.devices.insert_or_assign(std::move(key), std::move(device));
  has_devices_ = true;
}

void Table::expect_groups(const std::vector<Group>& groups) {
  const std::lock_guard lock(mutex_);
  for (const Group& group : groups) keep(group, rules_.groups);
}

Result<> Table::add(Device device, const std::vector<Group>& groups) {
  const KeepNftables while_others_wait;
  const std::lock_guard lock(mutex_);
  Ruleset next = rules_;
  for (const Group& group : groups) keep(group, next.groups);
  const auto before = rules_.devices.find(device.name);
  const bool is_known = before != rules_.devices.end();
  const bool is_same = is_known && before->second == device;
  next.devices.insert_or_assign(device.name, device);
  std::string text;
  if (is_known && !is_same) {
    BERTH_TRY(text, text_to_remove(rules_.table, before->second));
  }
  if (!is_same) {
    BERTH_TRY(const std::string addition, text_to_add(rules_.table, device));
    text += addition;
  }
  return change_to(std::move(next), text, "let " + device.name + " through");
}

Result<> Table::remove(const std::string& device) {
  const KeepNftables while_others_wait;
  const std::lock_guard lock(mutex_);
  const auto found = rules_.devices.find(device);
  if (found == rules_.devices.end()) return ok();
  BERTH_TRY(const std::string text, text_to_remove(rules_.table, found->second));
  Ruleset next = rules_;
  next.devices.erase(device);
  forget_unneeded(next);
  return change_to(std::move(next), text, "take " + device + " out");
}

Result<> Table::follow(const std::vector<Group>& groups, std::vector<std::string> direct) {
  const std::lock_guard lock(mutex_);
  Ruleset next = rules_;
  for (const Group& group : groups) keep(group, next.groups);
  forget_unneeded(next);
  is_stale_ = is_stale_ || next.direct != direct;
  next.direct = std::move(direct);
  return change_to(std::move(next), "", "follow the network");
}

Result<> Table::change_to(Ruleset next, const std::string& devices, const std::string& doing) {
  BERTH_TRY(const bool is_there, exists(rules_.table));
  if (!is_there) return make(std::move(next), "");
  if (is_stale_) return replace(std::move(next));
  BERTH_TRY(const GroupChanges groups, group_changes(rules_, next));
  Result<> changed = run(groups.before + devices + groups.after,
                         doing + " in firewall table inet " + rules_.table);
  // It has not what it should have: the whole takes its place.
  if (changed.failed_with(Errc::NotFound)) return replace(std::move(next));
  if (changed) take(std::move(next));
  return changed;
}

void Table::claim_forwarding(bool is_v6) {
  const std::lock_guard lock(mutex_);
  bool& is_ours = is_v6 ? rules_.is_forwarding6_ours : rules_.is_forwarding4_ours;
  is_stale_ = is_stale_ || !is_ours;
  is_ours = true;
}

std::vector<Device> Table::devices() {
  const std::lock_guard lock(mutex_);
  std::vector<Device> devices;
  for (const auto& [name, device] : rules_.devices) devices.push_back(device);
  return devices;
}

Result<> Table::restore() {
  const std::lock_guard lock(mutex_);
  return replace(rules_);
}

Result<> Table::replace(Ruleset next) {
  BERTH_TRY(const std::string removal, removal_text(rules_.table));
  return make(std::move(next), removal);
}

/// removal: of what is there. Where nothing is, there is none: after a removal the kernel waits for
/// a grace period of RCU, 10 ms and more.
Result<> Table::make(Ruleset next, const std::string& removal) {
  BERTH_TRY(const std::string text, text_of(next));
  BERTH_CHECK(run(removal + text, "make firewall table inet " + rules_.table));
  take(std::move(next));
  is_stale_ = false;
  return ok();
}

void Table::take(Ruleset next) {
  rules_ = std::move(next);
  has_devices_ = !rules_.devices.empty();
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

}  // namespace berth::firewall
