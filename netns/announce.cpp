// announce.cpp - a frame by a packet socket, a message by a socket of ICMPv6.
#include "netns/announce.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/unique_fd.hpp"
#include "netns/address.hpp"

namespace berth::netns {

namespace {

constexpr MacAddress kEveryone{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

std::string number16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string bytes_of(const MacAddress& mac) {
  return {reinterpret_cast<const char*>(mac.octets.data()), mac.octets.size()};
}

std::string bytes_of(const IpAddress& address) {
  return std::string(octets_of(address));
}

std::string arp_announcement(const IpAddress& address, const MacAddress& mac) {
  return bytes_of(kEveryone) + bytes_of(mac) + number16(ETHERTYPE_ARP) + number16(ARPHRD_ETHER) +
         number16(ETHERTYPE_IP) + std::string{6, 4} + number16(ARPOP_REQUEST) + bytes_of(mac) +
         bytes_of(address) + bytes_of(MacAddress{}) + bytes_of(address);
}

/// Without its checksum, which the kernel adds.
std::string neighbour_advertisement(const IpAddress& address, const MacAddress& mac) {
  constexpr char kAdvertisement = static_cast<char>(136);
  constexpr char kOverride = 0x20;
  constexpr char kTargetLinkLayer = 2;
  return std::string{kAdvertisement, 0, 0, 0, kOverride, 0, 0, 0} + bytes_of(address) +
         std::string{kTargetLinkLayer, 1} + bytes_of(mac);
}

/// Sent, or there is nobody who could hear it.
Result<> outcome_of(ssize_t sent, const std::string& doing) {
  if (sent >= 0 || errno == ENETDOWN || errno == ENOBUFS || errno == EAGAIN ||
      errno == EADDRNOTAVAIL || errno == ENETUNREACH) {
    return ok();
  }
  return os_error(errno, doing);
}

Result<> send_frame(std::uint32_t link, const std::string& frame, const std::string& doing) {
  const UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return os_error(errno, doing);
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_ifindex = static_cast<int>(link);
  where.sll_halen = ETH_ALEN;
  return outcome_of(::sendto(fd.get(), frame.data(), frame.size(), 0,
                             reinterpret_cast<const sockaddr*>(&where), sizeof where),
                    doing);
}

Result<> send_icmp(std::uint32_t link, const std::string& message, const std::string& doing) {
  constexpr int kHops = 255;  // RFC 4861, section 4.4
  const UniqueFd fd(
      ::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, int{IPPROTO_ICMPV6}));
  if (!fd) return os_error(errno, doing);
  ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &kHops, sizeof kHops);
  sockaddr_in6 all_nodes{};
  all_nodes.sin6_family = AF_INET6;
  all_nodes.sin6_scope_id = link;
  all_nodes.sin6_addr.s6_addr[0] = 0xff;
  all_nodes.sin6_addr.s6_addr[1] = 0x02;
  all_nodes.sin6_addr.s6_addr[15] = 1;
  return outcome_of(::sendto(fd.get(), message.data(), message.size(), 0,
                             reinterpret_cast<const sockaddr*>(&all_nodes), sizeof all_nodes),
                    doing);
}

}  // namespace

std::string announcement(const IpAddress& address, const MacAddress& mac) {
  return address.is_v6 ? neighbour_advertisement(address, mac) : arp_announcement(address, mac);
}

Result<> announce(std::uint32_t link, const IpAddress& address, const MacAddress& mac) {
  const std::string doing = "announce " + text_of(address);
  const std::string words = announcement(address, mac);
  return address.is_v6 ? send_icmp(link, words, doing) : send_frame(link, words, doing);
}

}  // namespace berth::netns
