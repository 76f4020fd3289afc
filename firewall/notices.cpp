// notices.cpp - nf_tables' own notifications: what a transaction did, then who did it.
#include "firewall/notices.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "firewall/neighbours.hpp"

namespace berth::firewall {

namespace {

/// The attribute of that number on the first level; empty when it is not there.
std::string_view attribute_in(std::string_view body, std::uint16_t wanted) {
  while (body.size() >= sizeof(nlattr)) {
    nlattr head{};
    std::memcpy(&head, body.data(), sizeof head);
    if (head.nla_len < sizeof head || head.nla_len > body.size()) return {};
    if ((head.nla_type & NLA_TYPE_MASK) == wanted) {
      return body.substr(sizeof head, head.nla_len - sizeof head);
    }
    body.remove_prefix(std::min<std::size_t>(NLA_ALIGN(head.nla_len), body.size()));
  }
  return {};
}

bool takes_away(int message) {
  return message == NFT_MSG_DELTABLE || message == NFT_MSG_DELCHAIN || message == NFT_MSG_DELRULE ||
         message == NFT_MSG_DELSET || message == NFT_MSG_DELSETELEM;
}

std::string until_nul(std::string_view text) {
  return std::string(text.substr(0, text.find('\0')));
}

/// Base chains have a hook; openings and their rules are known by the chain's name.
bool moves_others(int message, std::string_view body) {
  if (message == NFT_MSG_DELTABLE) return true;
  if (message == NFT_MSG_NEWCHAIN || message == NFT_MSG_DELCHAIN) {
    return !attribute_in(body, NFTA_CHAIN_HOOK).empty() ||
           is_opening_chain(until_nul(attribute_in(body, NFTA_CHAIN_NAME)));
  }
  return message == NFT_MSG_DELRULE &&
         is_opening_chain(until_nul(attribute_in(body, NFTA_RULE_CHAIN)));
}

}  // namespace

Result<TableNotices> TableNotices::open(std::string table) {
  const std::string doing = "listen for changes of nft tables";
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER));
  if (!fd) return os_error(errno, doing);
  // Without a number of its own nobody is told anything.
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
    return os_error(errno, doing);
  }
  const int group = NFNLGRP_NFTABLES;
  if (::setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
    return os_error(errno, doing);
  }
  char name[16] = "";  // TASK_COMM_LEN
  if (::prctl(PR_GET_NAME, name) != 0) return os_error(errno, doing);
  return TableNotices(std::move(table), name, std::move(fd));
}

void TableNotices::hear(std::string_view datagram, Heard& heard) {
  std::string_view rest = datagram;
  while (rest.size() >= sizeof(nlmsghdr)) {
    nlmsghdr head{};
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.nlmsg_len < sizeof head + sizeof(nfgenmsg) || head.nlmsg_len > rest.size()) break;
    const std::string_view body = rest.substr(sizeof head + sizeof(nfgenmsg),
                                              head.nlmsg_len - sizeof head - sizeof(nfgenmsg));
    nfgenmsg family{};
    std::memcpy(&family, rest.data() + sizeof head, sizeof family);
    const int message = head.nlmsg_type & 0xff;
    // The table's name is the first attribute of each of these messages.
    const std::string_view table = attribute_in(body, NFTA_TABLE_NAME);
    const bool is_in_ours = family.nfgen_family == NFPROTO_INET && until_nul(table) == table_;
    if (takes_away(message) && is_in_ours) told_.took_from_it = true;
    if (moves_others(message, body) && !is_in_ours) told_.moved_others = true;
    if (message == NFT_MSG_NEWGEN) {
      const bool is_ours = until_nul(attribute_in(body, NFTA_GEN_PROC_NAME)) == own_name_;
      heard.took_from_it = heard.took_from_it || (told_.took_from_it && !is_ours);
      heard.moved_others = heard.moved_others || (told_.moved_others && !is_ours);
      told_ = {};
    }
    rest.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), rest.size()));
  }
}

Result<TableNotices::Heard> TableNotices::read() {
  constexpr std::size_t kMost = std::size_t{64} << 10;
  std::string datagram(kMost, '\0');
  Heard heard;
  while (true) {
    const ssize_t size = ::recv(fd_.get(), datagram.data(), datagram.size(), 0);
    if (size < 0 && errno == ENOBUFS) {
      heard = {true, true};
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return heard;
    if (size < 0) return os_error(errno, "hear of changes of nft tables");
    hear(std::string_view(datagram).substr(0, static_cast<std::size_t>(size)), heard);
  }
}

}  // namespace berth::firewall
