// prefix.cpp - addresses and prefixes of both families as numbers; pure.
#include "lab/prefix.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace berth::lab {

namespace {

constexpr int kV4Bits = 32;
constexpr int kV6Bits = 128;

/// The bits behind a prefix of that length.
Number host_mask(int bits, int length) {
  const int hosts = bits - length;
  return hosts >= kV6Bits ? ~Number{0} : (Number{1} << hosts) - 1;
}

}  // namespace

std::string Address::text() const {
  std::array<unsigned char, kV6Bits / 8> raw{};
  const int bytes = bits / 8;
  for (int i = 0; i < bytes; ++i) {
    raw[static_cast<std::size_t>(i)] = static_cast<unsigned char>(value >> (8 * (bytes - 1 - i)));
  }
  char written[INET6_ADDRSTRLEN] = {};
  inet_ntop(bits == kV4Bits ? AF_INET : AF_INET6, raw.data(), written, sizeof written);
  return written;
}

std::optional<Address> parse_address(std::string_view text) {
  std::array<unsigned char, kV6Bits / 8> raw{};
  const bool v6 = text.find(':') != std::string_view::npos;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, std::string(text).c_str(), raw.data()) != 1) {
    return std::nullopt;
  }
  Address address{v6 ? kV6Bits : kV4Bits, 0};
  for (int i = 0; i < address.bits / 8; ++i) {
    address.value = (address.value << 8) | raw[static_cast<std::size_t>(i)];
  }
  constexpr Number kMapped = 0xffff;  // RFC 4291, 2.5.5.2
  if (v6 && address.value >> kV4Bits == kMapped) {
    return Address{kV4Bits, address.value & 0xffffffff};
  }
  return address;
}

std::string Prefix::text() const {
  return base.text() + "/" + std::to_string(length);
}

bool Prefix::holds(const Address& address) const {
  return address.bits == base.bits && (address.value & ~host_mask(base.bits, length)) == base.value;
}

bool Prefix::holds(const Prefix& other) const {
  return other.length >= length && holds(other.base);
}

std::optional<Prefix> canonical_prefix(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  const std::string_view number = text.substr(slash + 1);
  int length = -1;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), length);
  if (!address || failed != std::errc() || end != number.data() + number.size() || length < 0 ||
      length > address->bits) {
    return std::nullopt;
  }
  Prefix prefix{*address, length};
  prefix.base.value &= ~host_mask(address->bits, length);
  return prefix;
}

Result<Prefix> parse_prefix(std::string_view text) {
  const auto prefix = canonical_prefix(text);
  if (!prefix) {
    return Error{
        Errc::Invalid, 0,
        "\"" + std::string(text) + "\" must be a network such as 10.213.0.0/16 or fd00:1::/56"};
  }
  if (parse_address(text.substr(0, text.find('/'))) != prefix->base) {
    return Error{Errc::Invalid, 0, "\"" + std::string(text) + "\" has host bits set"};
  }
  return *prefix;
}

}  // namespace berth::lab
