// addresses.hpp - which block of a subnet belongs to whom, and which addresses; pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/result.hpp"
#include "lab/subnet.hpp"

namespace berth::lab {

/// The blocks and places of one subnet. Addresses go round, and the last kCoolDown given back in a
/// block are not handed out again while another is free.
class Addresses {
 public:
  static constexpr std::size_t kCoolDown = 32;

  explicit Addresses(Subnet subnet) : subnet_(std::move(subnet)) {}

  const Subnet& subnet() const { return subnet_; }

  /// The lowest block nobody has; it belongs to the caller from then on. fails: Exhausted.
  Result<std::uint32_t> take_block();
  /// Says that a block is in use, as the records have it.
  void keep_block(std::uint32_t block) { taken_.insert(block); }
  void give_back_block(std::uint32_t block) { taken_.erase(block); }

  /// Why one more task cannot have an address: of `block`, or of a new one where there is none.
  /// nullopt when it can.
  std::optional<std::string> obstacle(std::optional<std::uint32_t> block) const;
  /// Addresses nobody has, in all blocks.
  std::uint64_t left() const {
    return std::uint64_t{subnet_.blocks()} * subnet_.hosts() - used_.size();
  }
  /// A free place in the block. fails: Exhausted.
  Result<Place> draw(std::uint32_t block);
  /// Says that an address is in use, as the records have it.
  void keep(const std::string& address);
  void give_back(const std::string& address);

 private:
  std::size_t used_in(std::uint32_t block) const;
  std::string full(std::uint32_t block) const;

  Subnet subnet_;
  std::set<std::uint32_t> taken_;
  std::set<Place> used_;
  std::map<std::uint32_t, std::uint32_t> last_;  ///< block: last host number given out
  std::map<std::uint32_t, std::deque<std::uint32_t>> cooling_;  ///< block: given back, oldest first
};

}  // namespace berth::lab
