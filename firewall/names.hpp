// names.hpp - what may stand in a text for nft, so that it is read as nothing else; pure.
#pragma once

#include <string>

#include "base/result.hpp"

namespace berth::firewall {

/// A table: a letter, then at most 63 letters, digits, '.', '_' or '-'.
/// fails: Invalid, with that rule; so do all of these.
Result<> check_table_name(const std::string& name);

/// A network device: the same, 15 characters in all.
Result<> check_device_name(const std::string& name);

/// The id of a security group: the same, 64 characters in all.
Result<> check_group_id(const std::string& id);

/// Six hex pairs with colons.
Result<> check_mac(const std::string& mac);

/// A single address. returns whether it is IPv6.
Result<bool> check_address(const std::string& address);

/// An address block, "10.0.0.0/8" or "fd00::/8", and which family it is of.
struct Block {
  std::string text;  ///< host bits zero; "" is every address of the family
  bool is_v6 = false;
};
Result<Block> block_in(const std::string& cidr);

}  // namespace berth::firewall
