// address_pool.hpp - which address of the node's own subnet a container gets; pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agent/model/network.hpp"
#include "base/result.hpp"

namespace berth::plan {

/// Addresses go round, so that one given back rests for as long as others are free. The first is
/// the gateway's, network and broadcast address are nobody's. What is in use is written in the
/// records before it is used; this is derived from them.
class AddressPool {
 public:
  /// subnet: IPv4, "10.88.0.0/20", prefix 8 to 29. prefix6: the first 64 bits, "fd12:3456:789a:1";
  /// "" gives no IPv6 addresses. fails:  Invalid.
  static Result<AddressPool> open(const std::string& subnet, std::string prefix6);

  /// For a task. nullopt when all are in use.
  std::optional<model::NodeAddress> take(const std::string& task_arn);
  /// Says that a task has an address. One that is not of this subnet is passed over.
  void keep(const model::NodeAddress& address, const std::string& task_arn);
  /// again: yes; an address that another task has by now stays.
  void give_back(const model::NodeAddress& address, const std::string& task_arn);

  std::uint32_t size() const { return last_ - first_ + 1; }

 private:
  AddressPool() = default;
  std::optional<std::uint32_t> number_of(const model::NodeAddress& address) const;
  model::NodeAddress address_of(std::uint32_t number) const;

  std::uint32_t base_ = 0;   ///< host byte order
  std::uint32_t first_ = 2;  ///< number in the subnet
  std::uint32_t last_ = 2;
  std::uint32_t last_given_ = 1;
  std::string prefix6_;
  std::map<std::uint32_t, std::string> used_;  ///< by whom
};

}  // namespace berth::plan
