// addresses.cpp - which address of the lab's subnet belongs to whom; pure.
#include "lab/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace berth::lab {

namespace {

constexpr std::uint32_t kGatewayHost = 1;
constexpr std::uint32_t kFirstHost = 2;   // .0 is the network, .1 the gateway
constexpr std::uint32_t kLastHost = 254;  // .255 is the broadcast address

}  // namespace

std::string address_text(std::uint32_t address) {
  const in_addr raw{htonl(address)};
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &raw, text, sizeof text);
  return text;
}

std::optional<std::uint32_t> parse_address(std::string_view text) {
  in_addr raw{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &raw) != 1) return std::nullopt;
  return ntohl(raw.s_addr);
}

std::string Network::text() const {
  return address_text(base) + "/" + std::to_string(prefix);
}

Result<Network> parse_network(std::string_view text) {
  const Error bad{Errc::Invalid, 0,
                  "\"" + std::string(text) + "\" is not an IPv4 network such as 10.213.0.0/16"};
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return bad;
  const auto address = parse_address(text.substr(0, slash));
  const std::string_view number = text.substr(slash + 1);
  int prefix = -1;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), prefix);
  if (!address || failed != std::errc() || end != number.data() + number.size()) return bad;
  if (prefix < 8 || prefix > Addresses::kBlockPrefix) {
    return Error{Errc::Invalid, 0,
                 "\"" + std::string(text) + "\": the prefix must be between 8 and 24"};
  }
  const Network network{*address, prefix};
  if ((network.base & (0xffffffffu >> prefix)) != 0) {
    return Error{Errc::Invalid, 0, "\"" + std::string(text) + "\" has host bits set"};
  }
  return network;
}

Result<std::uint32_t> Addresses::take_block() {
  for (std::uint32_t block = 0; block < blocks(); ++block) {
    if (taken_.insert(block).second) return block;
  }
  return Error{Errc::Exhausted, 0, "subnet " + subnet_.text() + " has no /24 left"};
}

bool Addresses::is_full(std::uint32_t block) const {
  const std::uint32_t base = subnet_.base + (block << (32 - kBlockPrefix));
  const auto first = used_.lower_bound(base + kFirstHost);
  const auto last = used_.upper_bound(base + kLastHost);
  return std::distance(first, last) == kLastHost - kFirstHost + 1;
}

Result<Lease> Addresses::draw(std::uint32_t block, Random& random) {
  const std::uint32_t base = subnet_.base + (block << (32 - kBlockPrefix));
  std::deque<std::uint32_t>& cooling = cooling_[block];
  auto is_cooling = [&cooling](std::uint32_t address) {
    return std::find(cooling.begin(), cooling.end(), address) != cooling.end();
  };

  std::optional<std::uint32_t> found;
  std::uint32_t host = last_.contains(block) ? last_[block] : kFirstHost - 1;
  for (std::uint32_t tries = kFirstHost; tries <= kLastHost && !found; ++tries) {
    host = host >= kLastHost ? kFirstHost : host + 1;
    if (!used_.contains(base + host) && !is_cooling(base + host)) found = base + host;
  }
  if (!found && !cooling.empty()) {
    found = cooling.front();
    cooling.pop_front();
  }
  if (!found) {
    return Error{Errc::Exhausted, 0,
                 "no free address in " + address_text(base) + "/" + std::to_string(kBlockPrefix)};
  }
  last_[block] = *found - base;
  used_.insert(*found);

  Lease lease{address_text(*found), address_text(base + kGatewayHost), kBlockPrefix, ""};
  do {
    lease.mac = "0a";  // bit 1 set: locally administered; bit 0 clear: unicast
    const std::string digits = random.hex(10);
    for (std::size_t at = 0; at < digits.size(); at += 2) lease.mac += ":" + digits.substr(at, 2);
  } while (!macs_.insert(lease.mac).second);
  return lease;
}

void Addresses::keep(const std::string& address, const std::string& mac) {
  if (const auto number = parse_address(address)) used_.insert(*number);
  macs_.insert(mac);
}

void Addresses::give_back(const std::string& address, const std::string& mac) {
  macs_.erase(mac);
  const auto number = parse_address(address);
  if (!number || used_.erase(*number) == 0) return;
  const std::uint32_t block = (*number - subnet_.base) >> (32 - kBlockPrefix);
  std::deque<std::uint32_t>& cooling = cooling_[block];
  cooling.push_back(*number);
  // What falls out of the cool-down is simply free again.
  while (cooling.size() > kCoolDown) cooling.pop_front();
}

}  // namespace berth::lab
