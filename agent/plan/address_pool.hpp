// address_pool.hpp - which address of one of the node's subnets somebody gets; pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/model/network.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "netns/spec.hpp"

namespace berth::plan {

/// What a pool hands out: addresses of IPv4, with one of IPv6 beside each or without, or of IPv6
/// alone.
struct AddressRange {
  netns::IpInterface subnet;  ///< of IPv4, no host bits; of no meaning with IPv6 alone
  netns::IpAddress first;     ///< of those that are handed out; of IPv6 when there is no IPv4
  netns::IpAddress last;      ///< inclusive; of IPv6 it differs in the last 32 bits alone
  netns::IpAddress gateway;   ///< as subnet
  /// An IPv6 address has the same number in it as its IPv4 address has in the IPv4 subnet.
  std::optional<netns::IpInterface> subnet6 = {};
};

/// Addresses go round, and one given back rests for kRest as long as another is free; with none
/// free but resting ones, the one that rests longest goes. What is in use is written in the records
/// before it is used; this is derived from them.
class AddressPool {
 public:
  /// Twice as long as a neighbour keeps who had an address without asking again.
  /// source: Linux, net.ipv4.neigh.default.gc_stale_time and base_reachable_time_ms.
  static constexpr std::chrono::seconds kRest{60};

  /// Every address of the subnet but those of network, broadcast, and gateway, which is the first.
  ///
  /// subnet: IPv4, "10.88.0.0/20", prefix 8 to 29. prefix6: the first 64 bits, "fd12:3456:789a:1";
  /// "" gives no IPv6 addresses. fails:  Invalid.
  static Result<AddressPool> open(const std::string& subnet, std::string prefix6);
  /// range: checked by the caller.
  explicit AddressPool(const AddressRange& range);

  /// For a task. nullopt when all are in use.
  ///
  /// pass_over: keys (NodeAddress::key) of those that are somebody's whom the pool does not know.
  /// rather:    keys of those that go before others, in their turn, unless they rest.
  std::optional<model::NodeAddress> take(const std::string& task_arn, WallTime now,
                                         const std::set<std::string>& pass_over = {},
                                         const std::set<std::string>& rather = {});
  /// What it would hand out next, of those that have rested.
  std::vector<model::NodeAddress> next(std::size_t most, WallTime now,
                                       const std::set<std::string>& pass_over) const;
  /// Says that a task has an address. One that is not of this subnet is passed over.
  void keep(const model::NodeAddress& address, const std::string& task_arn);
  /// again: yes; an address that another task has by now stays.
  void give_back(const model::NodeAddress& address, const std::string& task_arn, WallTime now);
  /// Says that an address was given back then, before this pool was made.
  void rest(const model::NodeAddress& address, WallTime since);

  std::uint32_t size() const { return last_ - first_ + 1; }
  /// How many of them tasks have.
  std::uint32_t used() const;

 private:
  std::optional<std::uint32_t> number_of(const std::string& text) const;
  std::optional<std::uint32_t> number_of(const model::NodeAddress& address) const;
  std::optional<std::uint32_t> number_of_v6(const netns::IpAddress& address) const;
  model::NodeAddress address_of(std::uint32_t number) const;
  std::optional<std::uint32_t> find(const std::set<std::string>& pass_over) const;
  std::optional<std::uint32_t> first_of(const std::set<std::string>& rather,
                                        const std::set<std::string>& pass_over) const;
  std::uint32_t after(std::uint32_t number) const;
  void forget_rested(WallTime now);

  std::uint32_t base_ = 0;   ///< host byte order
  std::uint32_t all_ = 0;    ///< the highest number there is in the subnet
  std::uint32_t first_ = 0;  ///< number in the subnet
  std::uint32_t last_ = 0;
  std::uint32_t last_given_ = 0;
  std::string gateway_;
  std::optional<netns::IpAddress>
      head6_;  ///< of addresses of IPv6, whose last 32 bits are a number
  bool has_v4_ = true;
  std::map<std::uint32_t, std::string> used_;  ///< by whom
  std::map<std::uint32_t, WallTime> resting_;  ///< since when
};

}  // namespace berth::plan
