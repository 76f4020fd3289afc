// spec.cpp - addresses as text and back.
#include "netns/spec.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace berth::netns {

namespace {

constexpr const char* kGatewayEnding = "-gw";
constexpr std::size_t kTail = sizeof(IpAddress::octets) - sizeof(std::uint32_t);

Error not_a(std::string_view kind, std::string_view text) {
  return Error{Errc::Invalid, 0, "\"" + std::string(text) + "\" is not " + std::string(kind)};
}

}  // namespace

Result<MacAddress> parse_mac(std::string_view text) {
  const Error refusal = not_a("a unicast MAC address such as 0a:1b:2c:3d:4e:5f", text);
  MacAddress mac;
  if (text.size() != 17) return refusal;
  for (std::size_t pair = 0; pair < mac.octets.size(); ++pair) {
    const char* first = text.data() + 3 * pair;
    const auto [end, bad] = std::from_chars(first, first + 2, mac.octets[pair], 16);
    if (bad != std::errc{} || end != first + 2) return refusal;
    if (pair < 5 && first[2] != ':') return refusal;
  }
  if ((mac.octets[0] & 1) != 0 || mac == MacAddress{}) return refusal;
  return mac;
}

Result<IpAddress> parse_ip(std::string_view text) {
  const std::string copy(text);
  IpAddress address;
  if (::inet_pton(AF_INET, copy.c_str(), address.octets.data()) == 1) return address;
  address.is_v6 = true;
  if (::inet_pton(AF_INET6, copy.c_str(), address.octets.data()) == 1) return address;
  return not_a("an IP address", text);
}

Result<IpInterface> parse_ip_interface(std::string_view text) {
  const Error refusal = not_a("an IP address with a prefix length such as 10.0.0.1/24", text);
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return refusal;
  const Result<IpAddress> address = parse_ip(text.substr(0, slash));
  if (!address) return refusal;
  unsigned bits = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data() + slash + 1, end, bits);
  if (bad != std::errc{} || stopped != end || bits > (address->is_v6 ? 128U : 32U)) return refusal;
  return IpInterface{*address, static_cast<std::uint8_t>(bits)};
}

std::uint32_t number_of(const IpAddress& ipv4) {
  std::uint32_t number = 0;
  for (std::size_t at = 0; at < sizeof number; ++at) number = number << 8 | ipv4.octets[at];
  return number;
}

IpAddress ipv4_of(std::uint32_t number) {
  IpAddress ipv4;
  for (std::size_t at = 0; at < sizeof number; ++at) {
    ipv4.octets[at] = static_cast<std::uint8_t>(number >> (24 - 8 * at));
  }
  return ipv4;
}

std::uint32_t tail_of(const IpAddress& ipv6) {
  std::uint32_t tail = 0;
  for (std::size_t at = kTail; at < ipv6.octets.size(); ++at) tail = tail << 8 | ipv6.octets[at];
  return tail;
}

IpAddress head_of(const IpAddress& ipv6) {
  return with_tail(ipv6, 0);
}

IpAddress with_tail(IpAddress ipv6, std::uint32_t tail) {
  const auto octets = ipv4_of(tail).octets;
  std::copy_n(octets.begin(), sizeof tail, ipv6.octets.begin() + kTail);
  return ipv6;
}

bool is_of_a_link(const IpAddress& address) {
  return address.is_v6 && address.octets[0] == 0xfe && (address.octets[1] & 0xc0) == 0x80;
}

std::string text_of(const MacAddress& mac) {
  const auto& o = mac.octets;
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1], o[2], o[3], o[4],
                o[5]);
  return text;
}

std::string text_of(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(address.is_v6 ? AF_INET6 : AF_INET, address.octets.data(), text, sizeof text);
  return text;
}

std::string text_of(const IpInterface& interface) {
  return text_of(interface.address) + "/" + std::to_string(interface.prefix_bits);
}

IpInterface single(const IpAddress& address) {
  return {address, static_cast<std::uint8_t>(address.is_v6 ? 128 : 32)};
}

IpInterface subnet_of(IpInterface interface) {
  auto& octets = interface.address.octets;
  for (std::size_t at = 0; at < octets.size(); ++at) {
    const int kept = static_cast<int>(interface.prefix_bits) - static_cast<int>(8 * at);
    if (kept <= 0) octets[at] = 0;
    if (kept > 0 && kept < 8) octets[at] &= static_cast<std::uint8_t>(0xff << (8 - kept));
  }
  return interface;
}

bool is_on_a_lan(const Access& access) {
  return has_gateway(access) || std::holds_alternative<LanRouted>(access);
}

bool has_gateway(const Access& access) {
  return std::holds_alternative<Macvlan>(access) || std::holds_alternative<Vlan>(access) ||
         std::holds_alternative<Nic>(access);
}

std::string gateway_name(const std::string& network) {
  return network + kGatewayEnding;
}

std::string network_of_gateway(const std::string& name) {
  const std::string ending = kGatewayEnding;
  return name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : name;
}

std::string text_of(const Endpoint& endpoint) {
  if (std::holds_alternative<HostNetwork>(endpoint)) return "host";
  if (std::holds_alternative<NoNetwork>(endpoint)) return "none";
  const OwnInterface& own = std::get<OwnInterface>(endpoint);
  std::string text = own.name;
  if (own.ipv4) text += " " + text_of(*own.ipv4);
  if (own.ipv6) text += " " + text_of(*own.ipv6);
  return text + " " + text_of(own.mac);
}

}  // namespace berth::netns
