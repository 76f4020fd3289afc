// addresses.hpp - which address of the lab's subnet belongs to whom; pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"

namespace berth::lab {

/// An IPv4 network, host byte order.
struct Network {
  std::uint32_t base = 0;
  int prefix = 0;
  std::string text() const;  ///< "10.213.0.0/16"
  bool operator==(const Network&) const = default;
};

/// fails:  Invalid (not a.b.c.d/n, host bits set).
Result<Network> parse_network(std::string_view text);
std::string address_text(std::uint32_t address);
std::optional<std::uint32_t> parse_address(std::string_view text);

/// What an interface is given.
struct Lease {
  std::string address;  ///< "10.213.3.17"
  std::string gateway;  ///< "10.213.3.1"
  int prefix = 24;
  std::string mac;  ///< "0a:..", locally administered, unicast, unique
  bool operator==(const Lease&) const = default;
};

/// The lab's one subnet. Each instance has a /24 of it whose .1 is the gateway; addresses go round,
/// and the last kCoolDown given back are not handed out again while another is free.
class Addresses {
 public:
  static constexpr int kBlockPrefix = 24;
  static constexpr std::size_t kCoolDown = 32;

  /// subnet: at most a /24.
  explicit Addresses(Network subnet) : subnet_(subnet) {}

  const Network& subnet() const { return subnet_; }
  /// How many instances can have a block.
  std::uint32_t blocks() const { return 1u << (kBlockPrefix - subnet_.prefix); }

  /// The lowest block nobody has; it belongs to the caller from then on. fails: Exhausted.
  Result<std::uint32_t> take_block();
  /// Says that a block is in use, as the records have it.
  void keep_block(std::uint32_t block) { taken_.insert(block); }
  void give_back_block(std::uint32_t block) { taken_.erase(block); }

  /// True when every address of the block is in use.
  bool is_full(std::uint32_t block) const;
  /// fails:  Exhausted (the block is full).
  Result<Lease> draw(std::uint32_t block, Random& random);
  /// Says that an address is in use, as the records have it.
  void keep(const std::string& address, const std::string& mac);
  void give_back(const std::string& address, const std::string& mac);

 private:
  Network subnet_;
  std::set<std::uint32_t> taken_;
  std::set<std::uint32_t> used_;
  std::set<std::string> macs_;
  std::map<std::uint32_t, std::uint32_t> last_;  ///< block: last host number given out
  std::map<std::uint32_t, std::deque<std::uint32_t>> cooling_;  ///< block: given back, oldest first
};

}  // namespace berth::lab
