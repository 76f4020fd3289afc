// prefix.hpp - addresses and prefixes of both families as numbers; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::lab {

/// Wide enough for an IPv6 address.
__extension__ typedef unsigned __int128 Number;

struct Address {
  int bits = 32;  ///< 32 or 128: which family
  Number value = 0;
  std::string text() const;  ///< "10.213.3.17", "fd00::5"
  bool operator==(const Address&) const = default;
};

/// nullopt for anything but a whole address; an IPv4 address mapped into IPv6 ("::ffff:10.0.0.1")
/// is the IPv4 one.
std::optional<Address> parse_address(std::string_view text);

/// A network. No host bits are set.
struct Prefix {
  Address base;
  int length = 0;

  bool is_v6() const { return base.bits == 128; }
  std::string text() const;  ///< "10.213.0.0/16"
  bool holds(const Address& address) const;
  bool holds(const Prefix& other) const;
  bool overlaps(const Prefix& other) const { return holds(other) || other.holds(*this); }
  bool operator==(const Prefix&) const = default;
};

/// Reads "10.0.0.5/8" as 10.0.0.0/8, as EC2 does. nullopt for what is no prefix.
std::optional<Prefix> canonical_prefix(std::string_view text);

/// fails:  Invalid (no prefix, host bits set).
Result<Prefix> parse_prefix(std::string_view text);

}  // namespace berth::lab
