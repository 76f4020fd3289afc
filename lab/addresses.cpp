// addresses.cpp - which block of a subnet belongs to whom, and which addresses; pure.
#include "lab/addresses.hpp"

#include <algorithm>
#include <iterator>

namespace berth::lab {

Result<std::uint32_t> Addresses::take_block() {
  for (std::uint32_t block = 0; block < subnet_.blocks(); ++block) {
    if (taken_.insert(block).second) return block;
  }
  return Error{Errc::Exhausted, 0, *obstacle(std::nullopt)};
}

std::size_t Addresses::used_in(std::uint32_t block) const {
  const auto first = used_.lower_bound({block, Subnet::kFirstHost});
  const auto last = used_.upper_bound({block, subnet_.last_host()});
  return static_cast<std::size_t>(std::distance(first, last));
}

std::string Addresses::full(std::uint32_t block) const {
  const auto range = subnet_.ipv4 ? subnet_.ipv4_block(block) : subnet_.ipv6_block(block);
  return subnet_.id + ": all " + std::to_string(subnet_.hosts()) +
         " addresses of the instance's block " + range->text() + " are in use";
}

std::optional<std::string> Addresses::obstacle(std::optional<std::uint32_t> block) const {
  if (block) {
    if (used_in(*block) < subnet_.hosts()) return std::nullopt;
    return full(*block);
  }
  if (taken_.size() < subnet_.blocks()) return std::nullopt;
  return subnet_.id + ": all " + std::to_string(subnet_.blocks()) +
         " blocks belong to other instances";
}

Result<Place> Addresses::draw(std::uint32_t block) {
  std::deque<std::uint32_t>& cooling = cooling_[block];
  auto is_cooling = [&cooling](std::uint32_t host) {
    return std::find(cooling.begin(), cooling.end(), host) != cooling.end();
  };

  std::optional<std::uint32_t> found;
  const std::uint32_t last = subnet_.last_host();
  std::uint32_t host = last_.contains(block) ? last_[block] : Subnet::kFirstHost - 1;
  for (std::uint32_t tries = 0; tries < subnet_.hosts() && !found; ++tries) {
    host = host >= last ? Subnet::kFirstHost : host + 1;
    if (!used_.contains({block, host}) && !is_cooling(host)) found = host;
  }
  if (!found && !cooling.empty()) {
    found = cooling.front();
    cooling.pop_front();
  }
  if (!found) return Error{Errc::Exhausted, 0, full(block)};
  last_[block] = *found;
  used_.insert({block, *found});
  return Place{block, *found};
}

void Addresses::keep(const std::string& address) {
  if (const auto place = subnet_.place_of(address)) used_.insert(*place);
}

void Addresses::give_back(const std::string& address) {
  const auto place = subnet_.place_of(address);
  if (!place || used_.erase(*place) == 0) return;
  std::deque<std::uint32_t>& cooling = cooling_[place->block];
  cooling.push_back(place->host);
  // What falls out of the cool-down is simply free again.
  while (cooling.size() > kCoolDown) cooling.pop_front();
}

}  // namespace berth::lab
