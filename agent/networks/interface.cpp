// interface.cpp - what EC2 would have said of it.
#include "agent/networks/interface.hpp"

#include <algorithm>

#include "netns/spec.hpp"

namespace berth::networks {

namespace {

constexpr std::size_t kIdDigits = 17;  // source: EC2, ids of network interfaces

netns::MacAddress random_mac(Random& random) {
  netns::MacAddress mac;
  for (std::uint8_t& octet : mac.octets) octet = static_cast<std::uint8_t>(random.below(256));
  // IEEE 802: of one device, and not of a maker.
  mac.octets[0] = static_cast<std::uint8_t>((mac.octets[0] & 0xfc) | 0x02);
  return mac;
}

int bits_of(const std::string& subnet) {
  return netns::parse_ip_interface(subnet).value_or(netns::IpInterface{}).prefix_bits;
}

/// source: EC2, private DNS names by address. Of IPv6 EC2 has none; the same way.
std::string name_of(std::string address) {
  std::replace_if(address.begin(), address.end(), [](char c) { return c == '.' || c == ':'; }, '-');
  return "ip-" + address;
}

}  // namespace

model::Eni interface_in(const model::NodeNetwork& network, const model::NodeAddress& address,
                        Random& random) {
  model::Eni eni;
  eni.network = network.name;
  eni.id = "eni-" + random.hex(kIdDigits);
  eni.mac = netns::text_of(random_mac(random));
  eni.ipv4 = address.ipv4;
  eni.prefix_length = bits_of(network.subnet);
  eni.gateway = address.ipv4_gateway;
  eni.ipv6 = address.ipv6;
  if (!eni.ipv6.empty()) {
    eni.ipv6_prefix_length = bits_of(network.ipv6_subnet);
    eni.ipv6_gateway = network.ipv6_gateway;
  }
  eni.dns_servers = network.dns_servers;
  eni.search_domains = network.search_domains;
  eni.private_dns_name = name_of(address.key());
  return eni;
}

}  // namespace berth::networks
