// lan_frames.cpp - Ethernet with ARP in it, or with IPv6 and ICMPv6.
#include "netns/lan_frames.hpp"

#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <algorithm>

#include "netns/address.hpp"

namespace berth::netns {

namespace {

constexpr std::size_t kMacBytes = 6;
constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kArpBytes = 28;
constexpr std::size_t kIpv6Bytes = 40;
constexpr std::size_t kNeighbourBytes = 24;     ///< of a solicitation or advertisement, no options
constexpr char kHops = static_cast<char>(255);  // RFC 4861, sections 4.3 and 4.4
constexpr char kTargetLinkLayer = 2;
constexpr MacAddress kEveryone{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
constexpr IpAddress kAllNodes{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, true};
constexpr IpAddress kNobody4{{}, false};
constexpr IpAddress kNobody6{{}, true};

std::string number16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

unsigned number16_at(std::string_view bytes, std::size_t at) {
  const auto octet = [&bytes](std::size_t where) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[where]));
  };
  return octet(at) << 8 | octet(at + 1);
}

std::string bytes_of(const MacAddress& mac) {
  return {reinterpret_cast<const char*>(mac.octets.data()), mac.octets.size()};
}

std::string bytes_of(const IpAddress& address) {
  return std::string(octets_of(address));
}

MacAddress mac_at(std::string_view bytes, std::size_t at) {
  MacAddress mac;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), kMacBytes, mac.octets.begin());
  return mac;
}

IpAddress address_at(std::string_view bytes, std::size_t at, bool is_v6) {
  return *address_in(bytes.substr(at, is_v6 ? 16 : 4));
}

std::string arp_request(const IpAddress& sender, const IpAddress& target, const MacAddress& mac) {
  return bytes_of(kEveryone) + bytes_of(mac) + number16(ETHERTYPE_ARP) + number16(ARPHRD_ETHER) +
         number16(ETHERTYPE_IP) + std::string{kMacBytes, 4} + number16(ARPOP_REQUEST) +
         bytes_of(mac) + bytes_of(sender) + bytes_of(MacAddress{}) + bytes_of(target);
}

/// source: RFC 2464, section 7.
MacAddress multicast_mac(const IpAddress& group) {
  MacAddress mac{{0x33, 0x33, 0, 0, 0, 0}};
  std::copy(group.octets.begin() + 12, group.octets.end(), mac.octets.begin() + 2);
  return mac;
}

/// The sum of the Internet over an even number of bytes.
unsigned folded_sum(std::string_view bytes) {
  unsigned sum = 0;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) sum += number16_at(bytes, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

/// message: of ICMPv6, with a checksum of 0.
std::string icmp_frame(const IpAddress& from, const IpAddress& group, const MacAddress& mac,
                       std::string message) {
  constexpr char kIcmp = IPPROTO_ICMPV6;
  const std::string addresses = bytes_of(from) + bytes_of(group);
  const std::string size = number16(static_cast<unsigned>(message.size()));
  const std::string pseudo_header = addresses + number16(0) + size + std::string{0, 0, 0, kIcmp};
  message.replace(2, 2, number16(~folded_sum(pseudo_header + message) & 0xffff));
  return bytes_of(multicast_mac(group)) + bytes_of(mac) + number16(ETHERTYPE_IPV6) +
         std::string{0x60, 0, 0, 0} + size + std::string{kIcmp, kHops} + addresses + message;
}

std::string advertisement(const IpAddress& address, const MacAddress& mac) {
  constexpr char kType = static_cast<char>(ND_NEIGHBOR_ADVERT);
  constexpr char kOverride = 0x20;
  return icmp_frame(address, kAllNodes, mac,
                    std::string{kType, 0, 0, 0, kOverride, 0, 0, 0} + bytes_of(address) +
                        std::string{kTargetLinkLayer, 1} + bytes_of(mac));
}

std::string solicitation(const IpAddress& address, const MacAddress& mac) {
  constexpr char kType = static_cast<char>(ND_NEIGHBOR_SOLICIT);
  return icmp_frame(kNobody6, solicited_node_of(address), mac,
                    std::string{kType, 0, 0, 0, 0, 0, 0, 0} + bytes_of(address));
}

std::optional<Claim> arp_claim(std::string_view arp) {
  if (arp.size() < kArpBytes) return std::nullopt;
  const bool is_of_ipv4 = number16_at(arp, 0) == ARPHRD_ETHER &&
                          number16_at(arp, 2) == ETHERTYPE_IP && arp[4] == char{kMacBytes} &&
                          arp[5] == 4;
  const unsigned operation = number16_at(arp, 6);
  if (!is_of_ipv4 || (operation != ARPOP_REQUEST && operation != ARPOP_REPLY)) return std::nullopt;
  const MacAddress by = mac_at(arp, 8);
  const IpAddress sender = address_at(arp, 14, false);
  if (sender != kNobody4) return Claim{Claim::Kind::Uses, sender, by};
  if (operation == ARPOP_REPLY) return std::nullopt;
  return Claim{Claim::Kind::Asks, address_at(arp, 24, false), by};
}

/// The owner's, as the advertisement says it; without that, its sender's.
MacAddress advertiser_of(std::string_view options, const MacAddress& sender) {
  constexpr std::size_t kUnit = 8;
  while (options.size() >= kUnit && options[1] != 0) {
    if (options[0] == kTargetLinkLayer) return mac_at(options, 2);
    const std::size_t size = kUnit * static_cast<unsigned char>(options[1]);
    options.remove_prefix(std::min(size, options.size()));
  }
  return sender;
}

std::optional<Claim> neighbour_claim(std::string_view packet, const MacAddress& sender) {
  if (packet.size() < kIpv6Bytes + kNeighbourBytes) return std::nullopt;
  const std::size_t size = number16_at(packet, 4);
  if (packet[6] != char{IPPROTO_ICMPV6} || packet[7] != kHops || size < kNeighbourBytes ||
      packet.size() < kIpv6Bytes + size) {
    return std::nullopt;
  }
  const std::string_view message = packet.substr(kIpv6Bytes, size);
  const auto type = static_cast<unsigned char>(message[0]);
  const IpAddress target = address_at(message, 8, true);
  if (type == ND_NEIGHBOR_ADVERT) {
    return Claim{Claim::Kind::Uses, target, advertiser_of(message.substr(kNeighbourBytes), sender)};
  }
  if (type != ND_NEIGHBOR_SOLICIT || address_at(packet, 8, true) != kNobody6) return std::nullopt;
  return Claim{Claim::Kind::Asks, target, sender};
}

}  // namespace

std::string announcement(const IpAddress& address, const MacAddress& mac) {
  return address.is_v6 ? advertisement(address, mac) : arp_request(address, address, mac);
}

std::string probe(const IpAddress& address, const MacAddress& mac) {
  return address.is_v6 ? solicitation(address, mac) : arp_request(kNobody4, address, mac);
}

std::optional<Claim> claim_in(std::string_view frame) {
  if (frame.size() < kEthernetBytes) return std::nullopt;
  const std::string_view inside = frame.substr(kEthernetBytes);
  switch (number16_at(frame, 2 * kMacBytes)) {
    case ETHERTYPE_ARP: return arp_claim(inside);
    case ETHERTYPE_IPV6: return neighbour_claim(inside, mac_at(frame, kMacBytes));
    default: return std::nullopt;
  }
}

IpAddress solicited_node_of(const IpAddress& address) {
  IpAddress group{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0}, true};
  std::copy(address.octets.begin() + 13, address.octets.end(), group.octets.begin() + 13);
  return group;
}

}  // namespace berth::netns
