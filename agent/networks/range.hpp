// range.hpp - which addresses of a subnet a file gives to tasks; pure.
#pragma once

#include <optional>
#include <string>

#include "agent/model/node_network.hpp"
#include "agent/plan/address_pool.hpp"
#include "netns/spec.hpp"

namespace berth::networks {

/// What the file says: subnet, gateway and addresses belong together.
class Range {
 public:
  /// gateway: absent is the subnet's first address. addresses: "192.0.2.200-192.0.2.239", or one
  /// address; absent is every one but those of network, gateway and broadcast.
  Range(netns::IpInterface subnet, std::optional<std::string> gateway,
        std::optional<std::string> addresses)
      : subnet_(subnet), gateway_text_(std::move(gateway)), addresses_(std::move(addresses)) {}

  struct Complaint {
    const char* member;
    std::string why;
  };

  /// To be called once; the others tell what was found then.
  std::optional<Complaint> check();
  const netns::IpAddress& gateway() const { return gateway_; }
  const netns::IpAddress& first() const { return first_; }
  const netns::IpAddress& last() const { return last_; }

 private:
  std::optional<Complaint> check_gateway();
  std::optional<Complaint> check_addresses();

  netns::IpInterface subnet_;
  std::optional<std::string> gateway_text_;
  std::optional<std::string> addresses_;
  netns::IpAddress gateway_;
  netns::IpAddress first_;
  netns::IpAddress last_;
};

/// What a file of IPv6 alone says.
class Ipv6Range {
 public:
  /// addresses: "fd00:1::100-fd00:1::1ff", or one address; absent is ::2 to ::ffff of the subnet.
  Ipv6Range(netns::IpInterface subnet, std::optional<netns::IpAddress> gateway,
            std::optional<std::string> addresses)
      : subnet_(subnet), gateway_(gateway), addresses_(std::move(addresses)) {}

  /// To be called once; the others tell what was found then.
  std::optional<Range::Complaint> check();
  const netns::IpAddress& first() const { return first_; }
  const netns::IpAddress& last() const { return last_; }

 private:
  netns::IpInterface subnet_;
  std::optional<netns::IpAddress> gateway_;
  std::optional<std::string> addresses_;
  netns::IpAddress first_;
  netns::IpAddress last_;
};

/// Of a network that was read.
plan::AddressRange range_of(const model::NodeNetwork& network);

/// The IPv4 address that goes with an IPv6 address of the network; nullopt: no task gets it.
std::optional<std::string> ipv4_beside(const netns::IpAddress& ipv6,
                                       const model::NodeNetwork& network);

}  // namespace berth::networks
