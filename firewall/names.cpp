// names.cpp - names, addresses and blocks, each by its own rule.
#include "firewall/names.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace berth::firewall {

namespace {

constexpr std::size_t kMaxTableName = 64;
constexpr std::size_t kMaxDeviceName = 15;  // IFNAMSIZ - 1
constexpr std::size_t kMaxGroupId = 64;
constexpr std::size_t kMacLength = 17;

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

Result<> check_name(const std::string& field, const std::string& name, std::size_t longest) {
  const bool starts_well =
      !name.empty() && (std::isalpha(static_cast<unsigned char>(name.front())) != 0);
  if (!starts_well || name.size() > longest || !std::all_of(name.begin(), name.end(), is_plain)) {
    return Error{Errc::Invalid, 0,
                 field + " \"" + name + "\" is not a letter followed by at most " +
                     std::to_string(longest - 1) + " letters, digits, '.', '_' or '-'"};
  }
  return ok();
}

}  // namespace

Result<> check_table_name(const std::string& name) {
  return check_name("table", name, kMaxTableName);
}

Result<> check_device_name(const std::string& name) {
  return check_name("device", name, kMaxDeviceName);
}

Result<> check_group_id(const std::string& id) {
  return check_name("security group", id, kMaxGroupId);
}

Result<> check_mac(const std::string& mac) {
  bool is_right = mac.size() == kMacLength;
  for (std::size_t at = 0; is_right && at < mac.size(); ++at) {
    const bool is_digit = std::isxdigit(static_cast<unsigned char>(mac[at])) != 0;
    is_right = at % 3 == 2 ? mac[at] == ':' : is_digit;
  }
  if (is_right) return ok();
  return Error{Errc::Invalid, 0, "MAC address \"" + mac + "\" is not like 0a:00:00:00:00:01"};
}

Result<bool> check_address(const std::string& address) {
  std::array<std::uint8_t, sizeof(in6_addr)> octets{};
  if (::inet_pton(AF_INET, address.c_str(), octets.data()) == 1) return false;
  if (::inet_pton(AF_INET6, address.c_str(), octets.data()) == 1) return true;
  return Error{Errc::Invalid, 0, "address \"" + address + "\" is neither IPv4 nor IPv6"};
}

Result<Block> block_in(const std::string& cidr) {
  const Error refusal{Errc::Invalid, 0,
                      "address block \"" + cidr + "\" is not like 10.0.0.0/24 or fd00::/64"};
  const std::size_t slash = cidr.find('/');
  if (slash == std::string::npos) return refusal;
  const Result<bool> is_v6 = check_address(cidr.substr(0, slash));
  if (!is_v6) return refusal;
  const unsigned most = *is_v6 ? 128 : 32;
  unsigned bits = 0;
  const char* end = cidr.data() + cidr.size();
  const auto [stopped, bad] = std::from_chars(cidr.data() + slash + 1, end, bits);
  if (bad != std::errc{} || stopped != end || bits > most) return refusal;
  if (bits == 0) return Block{"", *is_v6};

  const int family = *is_v6 ? AF_INET6 : AF_INET;
  std::array<std::uint8_t, sizeof(in6_addr)> octets{};
  ::inet_pton(family, cidr.substr(0, slash).c_str(), octets.data());
  for (unsigned bit = bits; bit < most; ++bit) {
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] & ~(0x80U >> (bit % 8)));
  }
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(family, octets.data(), text, sizeof text);
  return Block{std::string(text) + "/" + std::to_string(bits), *is_v6};
}

}  // namespace berth::firewall
