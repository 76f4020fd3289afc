// address_pool.cpp - numbers in a subnet, going round.
#include "agent/plan/address_pool.hpp"

#include <iterator>

namespace berth::plan {

Result<AddressPool> AddressPool::open(const std::string& subnet, std::string prefix6) {
  constexpr std::uint8_t kWidest = 8;
  constexpr std::uint8_t kNarrowest = 29;
  constexpr std::uint8_t kPrefix6Bits = 64;
  const Result<netns::IpInterface> given = netns::parse_ip_interface(subnet);
  const bool is_right = given && !given->address.is_v6 && netns::subnet_of(*given) == *given &&
                        given->prefix_bits >= kWidest && given->prefix_bits <= kNarrowest;
  if (!is_right) {
    return Error{Errc::Invalid, 0,
                 "subnet \"" + subnet + "\" is not like 10.88.0.0/20, with a prefix of 8 to 29"};
  }
  const std::uint32_t base = netns::number_of(given->address);
  const std::uint32_t broadcast = base + (~std::uint32_t{0} >> given->prefix_bits);
  AddressRange range{*given, netns::ipv4_of(base + 2), netns::ipv4_of(broadcast - 1),
                     netns::ipv4_of(base + 1)};
  if (!prefix6.empty()) {
    BERTH_TRY(const netns::IpAddress prefix, netns::parse_ip(prefix6 + "::"));
    range.subnet6 = netns::IpInterface{prefix, kPrefix6Bits};
  }
  return AddressPool(range);
}

AddressPool::AddressPool(const AddressRange& range) : has_v4_(!range.first.is_v6) {
  if (has_v4_) {
    base_ = netns::number_of(range.subnet.address);
    all_ = ~std::uint32_t{0} >> range.subnet.prefix_bits;
    first_ = netns::number_of(range.first) - base_;
    last_ = netns::number_of(range.last) - base_;
    gateway_ = netns::text_of(range.gateway);
    if (range.subnet6) head6_ = range.subnet6->address;
  } else {
    all_ = ~std::uint32_t{0};
    first_ = netns::tail_of(range.first);
    last_ = netns::tail_of(range.last);
    head6_ = netns::head_of(range.first);
  }
  last_given_ = last_;
}

std::uint32_t AddressPool::after(std::uint32_t number) const {
  return number >= last_ || number < first_ ? first_ : number + 1;
}

std::uint32_t AddressPool::used() const {
  return static_cast<std::uint32_t>(
      std::distance(used_.lower_bound(first_), used_.upper_bound(last_)));
}

void AddressPool::forget_rested(WallTime now) {
  // Of either sign: a clock that was set back must not hold an address for longer.
  std::erase_if(resting_,
                [now](const auto& one) { return std::chrono::abs(now - one.second) >= kRest; });
}

std::optional<model::NodeAddress> AddressPool::take(const std::string& task_arn, WallTime now,
                                                    const std::set<std::string>& pass_over,
                                                    const std::set<std::string>& rather) {
  forget_rested(now);
  std::optional<std::uint32_t> found = first_of(rather, pass_over);
  if (!found) found = find(pass_over);
  if (!found) return std::nullopt;
  resting_.erase(*found);
  used_.emplace(*found, task_arn);
  last_given_ = *found;
  return address_of(*found);
}

/// The next in the round; with none but resting ones, the one that rests longest.
std::optional<std::uint32_t> AddressPool::find(const std::set<std::string>& pass_over) const {
  std::optional<std::uint32_t> found;
  std::uint32_t number = last_given_;
  const bool is_full = used() >= size();
  for (std::uint32_t tries = 0; tries < size() && !is_full; ++tries) {
    number = after(number);
    if (used_.contains(number) || pass_over.contains(address_of(number).key())) continue;
    const auto resting = resting_.find(number);
    if (resting == resting_.end()) return number;
    if (!found || resting->second < resting_.at(*found)) found = number;
  }
  return found;
}

/// Of those the one that the round comes to first.
std::optional<std::uint32_t> AddressPool::first_of(const std::set<std::string>& rather,
                                                   const std::set<std::string>& pass_over) const {
  std::optional<std::uint32_t> found;
  std::uint32_t least = 0;
  for (const std::string& key : rather) {
    const auto number = number_of(key);
    const bool is_ours = number && *number >= first_ && *number <= last_;
    if (!is_ours || used_.contains(*number) || resting_.contains(*number)) continue;
    if (pass_over.contains(key)) continue;
    const std::uint32_t start = after(last_given_);
    const std::uint32_t turn = *number >= start ? *number - start : *number + size() - start;
    if (found && turn >= least) continue;
    found = number;
    least = turn;
  }
  return found;
}

std::vector<model::NodeAddress> AddressPool::next(std::size_t most, WallTime now,
                                                  const std::set<std::string>& pass_over) const {
  AddressPool later = *this;
  std::vector<model::NodeAddress> addresses;
  later.forget_rested(now);
  while (addresses.size() < most) {
    const auto number = later.find(pass_over);
    if (!number || later.resting_.contains(*number)) break;
    addresses.push_back(address_of(*number));
    later.used_.emplace(*number, "");
    later.last_given_ = *number;
  }
  return addresses;
}

model::NodeAddress AddressPool::address_of(std::uint32_t number) const {
  model::NodeAddress address;
  if (has_v4_) address = {netns::text_of(netns::ipv4_of(base_ + number)), gateway_, ""};
  if (head6_) address.ipv6 = netns::text_of(netns::with_tail(*head6_, number));
  return address;
}

std::optional<std::uint32_t> AddressPool::number_of(const std::string& text) const {
  const Result<netns::IpAddress> address = netns::parse_ip(text);
  if (!address) return std::nullopt;
  if (address->is_v6) return number_of_v6(*address);
  if (!has_v4_) return std::nullopt;
  const std::uint32_t whole = netns::number_of(*address);
  if (whole < base_ || whole - base_ > all_) return std::nullopt;
  return whole - base_;
}

std::optional<std::uint32_t> AddressPool::number_of_v6(const netns::IpAddress& address) const {
  const std::uint32_t tail = netns::tail_of(address);
  if (!head6_ || netns::head_of(address) != *head6_ || tail > all_) return std::nullopt;
  return tail;
}

/// Of an interface that has either of the two.
std::optional<std::uint32_t> AddressPool::number_of(const model::NodeAddress& address) const {
  const auto number = number_of(address.ipv4);
  return number ? number : number_of(address.ipv6);
}

void AddressPool::keep(const model::NodeAddress& address, const std::string& task_arn) {
  const auto number = number_of(address);
  if (!number) return;
  used_.insert_or_assign(*number, task_arn);
  resting_.erase(*number);
  last_given_ = *number;
}

void AddressPool::give_back(const model::NodeAddress& address, const std::string& task_arn,
                            WallTime now) {
  const auto number = number_of(address);
  const auto found = number ? used_.find(*number) : used_.end();
  if (found == used_.end() || found->second != task_arn) return;
  used_.erase(found);
  rest(address, now);
}

void AddressPool::rest(const model::NodeAddress& address, WallTime since) {
  const auto number = number_of(address);
  if (!number || used_.contains(*number)) return;
  resting_.insert_or_assign(*number, since);
}

}  // namespace berth::plan
