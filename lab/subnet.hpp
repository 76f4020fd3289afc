// subnet.hpp - a subnet of the lab's VPC, and how it is divided among instances; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "lab/prefix.hpp"

namespace berth::lab {

/// One address, or two of both families, within a subnet.
struct Place {
  std::uint32_t block = 0;  ///< whose instance's
  std::uint32_t host = 0;   ///< number within the block
  auto operator<=>(const Place&) const = default;
};

/// The record of a subnet. Each instance with a task in it has a block of it: the same number of a
/// block in both families. A block's first address is its gateway.
struct Subnet {
  std::string id;              ///< "subnet-lab", "subnet-0..."
  std::optional<Prefix> ipv4;  ///< one of the two is there
  std::optional<Prefix> ipv6;
  Json tags = Json::array();  ///< {"key", "value"}

  /// How many instances can have a block.
  std::uint32_t blocks() const;
  /// Numbers of hosts run from kFirstHost to this.
  std::uint32_t last_host() const;
  static constexpr std::uint32_t kGatewayHost = 1;
  static constexpr std::uint32_t kFirstHost = 2;
  std::uint32_t hosts() const { return last_host() - kFirstHost + 1; }
  /// What the instance with that block routes; nullopt when the subnet has none of the family.
  std::optional<Prefix> ipv4_block(std::uint32_t block) const;
  std::optional<Prefix> ipv6_block(std::uint32_t block) const;
  /// Where an address of either family is; nullopt when the subnet does not hold it.
  std::optional<Place> place_of(const std::string& address) const;
};

/// The prefix length of the blocks: /24 or /64 while that makes 16 blocks at least, else 1/16 of
/// the subnet or a /112.
int block_length(const Prefix& subnet);

/// What can be divided: IPv4 from /8 to /28, IPv6 from /32 to /64. fails: Invalid.
Result<> check_divisible(const Prefix& subnet);

/// The address of that number in a block.
std::string host_address(const Prefix& block, std::uint32_t host);

Json to_record(const Subnet& subnet);
/// fails:  Broken (not written by to_record).
Result<Subnet> subnet_from_record(const Json& record);

}  // namespace berth::lab
