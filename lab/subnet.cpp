// subnet.cpp - a subnet of the lab's VPC, and how it is divided among instances; pure.
#include "lab/subnet.hpp"

#include <algorithm>
#include <limits>

namespace berth::lab {

namespace {

constexpr int kBestV4Block = 24;
constexpr int kBestV6Block = 64;
constexpr int kSmallV6Block = 112;
constexpr int kWishedBits = 4;                // of a block's number: 16 instances
constexpr int kLongestV4Block = 29;           // 5 tasks
constexpr int kMostBlockBits = 16;            // more instances than any lab has
constexpr std::uint32_t kMostHosts = 0xfffe;  // of a block of a subnet without IPv4

int block_bits(const Prefix& subnet) {
  return std::min(block_length(subnet) - subnet.length, kMostBlockBits);
}

std::optional<Prefix> block_of(const std::optional<Prefix>& subnet, std::uint32_t block) {
  if (!subnet) return std::nullopt;
  const int length = block_length(*subnet);
  Prefix part{subnet->base, length};
  part.base.value += Number{block} << (subnet->base.bits - length);
  return part;
}

Result<std::optional<Prefix>> prefix_in(const Json& record, const char* name) {
  if (!record.contains(name)) return std::optional<Prefix>();
  BERTH_TRY(const Prefix prefix, parse_prefix(record.value(name, "")));
  return std::optional<Prefix>(prefix);
}

}  // namespace

int block_length(const Prefix& subnet) {
  if (subnet.is_v6()) {
    return subnet.length + kWishedBits <= kBestV6Block ? kBestV6Block : kSmallV6Block;
  }
  return std::min(std::max(kBestV4Block, subnet.length + kWishedBits), kLongestV4Block);
}

Result<> check_divisible(const Prefix& subnet) {
  const auto [least, most] = subnet.is_v6() ? std::pair{32, 64} : std::pair{8, 28};
  if (subnet.length >= least && subnet.length <= most) return ok();
  return Error{Errc::Invalid, 0,
               "\"" + subnet.text() + "\": the prefix length must be from " +
                   std::to_string(least) + " to " + std::to_string(most)};
}

std::string host_address(const Prefix& block, std::uint32_t host) {
  return Address{block.base.bits, block.base.value + host}.text();
}

std::uint32_t Subnet::blocks() const {
  int bits = kMostBlockBits;
  if (ipv4) bits = std::min(bits, block_bits(*ipv4));
  if (ipv6) bits = std::min(bits, block_bits(*ipv6));
  return std::uint32_t{1} << bits;
}

std::uint32_t Subnet::last_host() const {
  // The last address of an IPv4 block is its broadcast address.
  return ipv4 ? (std::uint32_t{1} << (32 - block_length(*ipv4))) - 2 : kMostHosts;
}

std::optional<Prefix> Subnet::ipv4_block(std::uint32_t block) const {
  return block_of(ipv4, block);
}

std::optional<Prefix> Subnet::ipv6_block(std::uint32_t block) const {
  return block_of(ipv6, block);
}

std::optional<Place> Subnet::place_of(const std::string& text) const {
  const auto address = parse_address(text);
  if (!address) return std::nullopt;
  const auto& range = address->bits == 32 ? ipv4 : ipv6;
  if (!range || !range->holds(*address)) return std::nullopt;
  const Number offset = address->value - range->base.value;
  const int host_bits = address->bits - block_length(*range);
  const Number block = offset >> host_bits;
  const Number host = offset - (block << host_bits);
  constexpr Number kMost = std::numeric_limits<std::uint32_t>::max();
  if (block > kMost || host > kMost) return std::nullopt;
  return Place{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(host)};
}

Json to_record(const Subnet& subnet) {
  Json record = {{"id", subnet.id}, {"tags", subnet.tags}};
  if (subnet.ipv4) record["ipv4"] = subnet.ipv4->text();
  if (subnet.ipv6) record["ipv6"] = subnet.ipv6->text();
  return record;
}

Result<Subnet> subnet_from_record(const Json& record) {
  Subnet subnet;
  subnet.id = record.value("id", "");
  subnet.tags = record.value("tags", Json::array());
  auto ipv4 = prefix_in(record, "ipv4");
  auto ipv6 = prefix_in(record, "ipv6");
  if (!ipv4 || !ipv6 || subnet.id.empty() || (!*ipv4 && !*ipv6)) {
    return Error{Errc::Broken, 0, "record of a subnet: " + dump_json(record)};
  }
  subnet.ipv4 = *ipv4;
  subnet.ipv6 = *ipv6;
  return subnet;
}

}  // namespace berth::lab
