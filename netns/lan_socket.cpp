// lan_socket.cpp - AF_PACKET. source: packet(7).
#include "netns/lan_socket.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <thread>

namespace berth::netns {

namespace {

sockaddr_ll address_of(std::uint32_t link, std::uint16_t type) {
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(type);
  where.sll_ifindex = static_cast<int>(link);
  where.sll_halen = ETH_ALEN;
  return where;
}

bool is_unheard(int os_errno) {
  constexpr int kReasons[] = {ENETDOWN, ENOBUFS, EAGAIN, ENXIO, ENODEV};
  return std::find(std::begin(kReasons), std::end(kReasons), os_errno) != std::end(kReasons);
}

}  // namespace

Result<PacketSocket> PacketSocket::open() {
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return os_error(errno, "open a socket for frames");
  return PacketSocket(std::move(fd));
}

PacketSocket::~PacketSocket() {
  if (!fd_) return;
  try {
    std::thread([fd = std::move(fd_)]() mutable { fd.reset(); }).detach();
  } catch (const std::system_error&) {
    // No thread to be had: it was closed here, with what was to be run by it.
  }
}

Result<> bind_packet_socket(int fd, std::uint32_t link, std::uint16_t type) {
  const sockaddr_ll where = address_of(link, type);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return ok();
  return os_error(errno, "hear the frames of device " + std::to_string(link));
}

Result<> send_frame(int fd, std::uint32_t link, const std::string& frame) {
  const sockaddr_ll where = address_of(link, 0);
  const ssize_t sent = ::sendto(fd, frame.data(), frame.size(), 0,
                                reinterpret_cast<const sockaddr*>(&where), sizeof where);
  if (sent >= 0 || is_unheard(errno)) return ok();
  return os_error(errno, "send a frame by device " + std::to_string(link));
}

}  // namespace berth::netns
