// link_notices.cpp - RTM_NEWLINK and RTM_DELLINK, as the kernel tells them to everybody.
#include "netns/link_notices.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "netns/link.hpp"
#include "netns/netlink_codec.hpp"

namespace berth::netns {

Result<LinkNotices> LinkNotices::open() {
  const std::string doing = "listen for changes of links";
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd) return os_error(errno, doing);
  sockaddr_nl all{};
  all.nl_family = AF_NETLINK;
  all.nl_groups = RTMGRP_LINK;
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
      const auto header = header_of<ifinfomsg>(message);
      // Of a device's place in a bridge the kernel tells in the same words.
      if (!header || header->ifi_family == AF_BRIDGE) continue;
      const Attributes link = attributes_of(message, sizeof(ifinfomsg));
      if (message.type == RTM_DELLINK) heard.gone.push_back(link.text(IFLA_IFNAME));
      const auto mac = mac_in(link);
      if (message.type == RTM_NEWLINK && mac) heard.appeared.push_back(*mac);
    }
  }
}

}  // namespace berth::netns
