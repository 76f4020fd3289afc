// link_notices.cpp - RTM_NEWLINK and RTM_DELLINK, as the kernel tells them to everybody.
#include "netns/link_notices.hpp"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "netns/drivers/veth.hpp"
#include "netns/link.hpp"
#include "netns/netlink_codec.hpp"

namespace berth::netns {

namespace {

/// Every network that starts or ends moves some of its own, which are nobody else's business.
bool moves_an_address(const Message& message) {
  const auto header = header_of<ifaddrmsg>(message);
  if (!header || (message.type != RTM_NEWADDR && message.type != RTM_DELADDR)) return false;
  const std::string label = attributes_of(message, sizeof *header).text(IFA_LABEL);
  return header->ifa_scope == RT_SCOPE_UNIVERSE && !is_of_a_network(label);
}

/// Comes with other changes of a device that is up, too.
bool is_up_and_others(const ifinfomsg& header, const std::string& name) {
  constexpr unsigned kUp = IFF_UP | IFF_RUNNING;
  return (header.ifi_flags & kUp) == kUp && !is_of_a_network(name);
}

}  // namespace

Result<LinkNotices> LinkNotices::open() {
  const std::string doing = "listen for changes of links";
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd) return os_error(errno, doing);
  sockaddr_nl all{};
  all.nl_family = AF_NETLINK;
  all.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all) != 0) {
    return os_error(errno, doing);
  }
  return LinkNotices(std::move(fd));
}

Result<LinkNotices::Heard> LinkNotices::read() {
  constexpr std::size_t kMost = std::size_t{64} << 10;
  Heard heard;
  std::string datagram(kMost, '\0');
  while (true) {
    const ssize_t size = ::recv(fd_.get(), datagram.data(), datagram.size(), 0);
    if (size < 0 && errno == ENOBUFS) {
      heard.missed_some = true;
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return heard;
    if (size < 0) return os_error(errno, "hear of changes of links");
    BERTH_TRY(
        const std::vector<Message> messages,
        decode_messages(std::string_view(datagram).substr(0, static_cast<std::size_t>(size))));
    for (const Message& message : messages) {
      heard.moved_addresses = heard.moved_addresses || moves_an_address(message);
      const auto header = header_of<ifinfomsg>(message);
      // Of a device's place in a bridge the kernel tells in the same words.
      if (!header || header->ifi_family == AF_BRIDGE) continue;
      const Attributes link = attributes_of(message, sizeof(ifinfomsg));
      const std::string name = link.text(IFLA_IFNAME);
      if (message.type == RTM_DELLINK) heard.gone.push_back(name);
      if (message.type == RTM_NEWLINK && is_up_and_others(*header, name)) heard.came_up = true;
      const auto mac = mac_in(link);
      if (message.type == RTM_NEWLINK && mac) heard.appeared.push_back(*mac);
    }
  }
}

}  // namespace berth::netns
