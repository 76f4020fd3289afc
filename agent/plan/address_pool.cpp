// address_pool.cpp - numbers in a subnet, going round.
#include "agent/plan/address_pool.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstdio>

namespace berth::plan {

namespace {

std::optional<std::uint32_t> number_in(const std::string& address) {
  in_addr raw{};
  if (::inet_pton(AF_INET, address.c_str(), &raw) != 1) return std::nullopt;
  return ntohl(raw.s_addr);
}

std::string text_of(std::uint32_t address) {
  const in_addr raw{htonl(address)};
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &raw, text, sizeof text);
  return text;
}

}  // namespace

Result<AddressPool> AddressPool::open(const std::string& subnet, std::string prefix6) {
  constexpr unsigned kWidest = 8;
  constexpr unsigned kNarrowest = 29;
  const Error refusal{
      Errc::Invalid, 0,
      "subnet \"" + subnet + "\" is not like 10.88.0.0/20, with a prefix of 8 to 29"};
  const std::size_t slash = subnet.find('/');
  if (slash == std::string::npos) return refusal;
  const auto address = number_in(subnet.substr(0, slash));
  unsigned bits = 0;
  const char* end = subnet.data() + subnet.size();
  const auto [stopped, bad] = std::from_chars(subnet.data() + slash + 1, end, bits);
  const bool is_prefix = bad == std::errc{} && stopped == end && bits >= kWidest;
  if (!address || !is_prefix || bits > kNarrowest) return refusal;
  const std::uint32_t host_bits = ~std::uint32_t{0} >> bits;
  if ((*address & host_bits) != 0) return refusal;
  AddressPool pool;
  pool.base_ = *address;
  pool.last_ = host_bits - 1;
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
  model::NodeAddress address{text_of(base_ + number), text_of(base_ + 1), ""};
  if (prefix6_.empty()) return address;
  char suffix[16] = "";
  std::snprintf(suffix, sizeof suffix, "::%x:%x", number >> 16, number & 0xffff);
  in6_addr raw{};
  char text[INET6_ADDRSTRLEN] = "";
  if (::inet_pton(AF_INET6, (prefix6_ + suffix).c_str(), &raw) == 1) {
    address.ipv6 = ::inet_ntop(AF_INET6, &raw, text, sizeof text);
  }
  return address;
}

std::optional<std::uint32_t> AddressPool::number_of(const model::NodeAddress& address) const {
  const auto whole = number_in(address.ipv4);
  if (!whole || *whole < base_ + first_ || *whole > base_ + last_) return std::nullopt;
  return *whole - base_;
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
