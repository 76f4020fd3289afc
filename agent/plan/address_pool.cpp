// address_pool.cpp - numbers in a subnet, going round.
#include "agent/plan/address_pool.hpp"

#include <cstdio>

#include "netns/spec.hpp"

namespace berth::plan {

namespace {

std::uint32_t number_of_octets(const netns::IpAddress& ipv4) {
  std::uint32_t number = 0;
  for (std::size_t at = 0; at < sizeof number; ++at) number = number << 8 | ipv4.octets[at];
  return number;
}

std::string text_of_number(std::uint32_t number) {
  netns::IpAddress ipv4;
  for (std::size_t at = 0; at < sizeof number; ++at) {
    ipv4.octets[at] = static_cast<std::uint8_t>(number >> (24 - 8 * at));
  }
  return netns::text_of(ipv4);
}

}  // namespace

Result<AddressPool> AddressPool::open(const std::string& subnet, std::string prefix6) {
  constexpr std::uint8_t kWidest = 8;
  constexpr std::uint8_t kNarrowest = 29;
  const Result<netns::IpInterface> given = netns::parse_ip_interface(subnet);
  const bool is_right = given && !given->address.is_v6 && netns::subnet_of(*given) == *given &&
                        given->prefix_bits >= kWidest && given->prefix_bits <= kNarrowest;
  if (!is_right) {
    return Error{Errc::Invalid, 0,
                 "subnet \"" + subnet + "\" is not like 10.88.0.0/20, with a prefix of 8 to 29"};
  }
  AddressPool pool;
  pool.base_ = number_of_octets(given->address);
  pool.last_ = (~std::uint32_t{0} >> given->prefix_bits) - 1;
  pool.prefix6_ = std::move(prefix6);
  return pool;
}

std::optional<model::NodeAddress> AddressPool::take(const std::string& task_arn) {
  if (used_.size() >= size()) return std::nullopt;
  std::uint32_t number = last_given_;
  do {
    number = number >= last_ ? first_ : number + 1;
  } while (used_.contains(number));
  used_.emplace(number, task_arn);
  last_given_ = number;
  return address_of(number);
}

model::NodeAddress AddressPool::address_of(std::uint32_t number) const {
  model::NodeAddress address{text_of_number(base_ + number), text_of_number(base_ + 1), ""};
  if (prefix6_.empty()) return address;
  char suffix[16] = "";
  std::snprintf(suffix, sizeof suffix, "::%x:%x", number >> 16, number & 0xffff);
  const Result<netns::IpAddress> ipv6 = netns::parse_ip(prefix6_ + suffix);
  if (ipv6) address.ipv6 = netns::text_of(*ipv6);
  return address;
}

std::optional<std::uint32_t> AddressPool::number_of(const model::NodeAddress& address) const {
  const Result<netns::IpAddress> ipv4 = netns::parse_ip(address.ipv4);
  if (!ipv4 || ipv4->is_v6) return std::nullopt;
  const std::uint32_t whole = number_of_octets(*ipv4);
  if (whole < base_ + first_ || whole > base_ + last_) return std::nullopt;
  return whole - base_;
}

void AddressPool::keep(const model::NodeAddress& address, const std::string& task_arn) {
  const auto number = number_of(address);
  if (!number) return;
  used_.insert_or_assign(*number, task_arn);
  last_given_ = *number;
}

void AddressPool::give_back(const model::NodeAddress& address, const std::string& task_arn) {
  const auto number = number_of(address);
  const auto found = number ? used_.find(*number) : used_.end();
  if (found != used_.end() && found->second == task_arn) used_.erase(found);
}

}  // namespace berth::plan
