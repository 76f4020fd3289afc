// table.cpp - transactions by libnftables, the question by nfnetlink.
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

/// The message that asks for one table of family ip.
std::string question_for(const std::string& table) {
  struct {
    nlmsghdr netlink;
    nfgenmsg family;
    nlattr name;
  } head{};
  head.netlink.nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETTABLE;
  head.netlink.nlmsg_flags = NLM_F_REQUEST;
  head.family.nfgen_family = NFPROTO_IPV4;
  head.family.version = NFNETLINK_V0;
  head.name.nla_type = NFTA_TABLE_NAME;
  head.name.nla_len = static_cast<std::uint16_t>(sizeof head.name + table.size() + 1);
  head.netlink.nlmsg_len = static_cast<std::uint32_t>(sizeof head + NLMSG_ALIGN(table.size() + 1));
  std::string bytes(head.netlink.nlmsg_len, '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, table.data(), table.size());
  return bytes;
}

}  // namespace

Result<> apply(const Ruleset& rules) {
  BERTH_TRY(const std::string text, text_of(rules));
  if (auto ran = run_nftables(text); !ran) {
    return std::move(ran).error().while_doing("apply firewall table ip " + rules.table);
  }
  BERTH_CRASH_POINT("firewall.applied");
  return ok();
}

Result<> remove(const std::string& table) {
  BERTH_TRY(const std::string text, removal_text(table));
  BERTH_TRY(const bool is_there, exists(table));
  if (!is_there) return ok();
  if (auto ran = run_nftables(text); !ran) {
    return std::move(ran).error().while_doing("remove firewall table ip " + table);
  }
  return ok();
}

Result<bool> exists(const std::string& table) {
  const std::string doing = "look for firewall table ip " + table;
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
