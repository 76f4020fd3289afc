// gateway_tables.hpp - the nft tables in the gateways of tasks, one in each.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "firewall/table.hpp"
#include "netns/namespace.hpp"

namespace berth::steps {

/// A value of Tools; lives as long as the daemon. Calls block, from any thread. What is true of
/// firewall::Table is true of each of these.
class GatewayTables {
 public:
  /// Makes the gateway's namespace when it is not there, and the table in it.
  ///
  /// network: whose gateway. table: what it is called, as the host's.
  /// again:   yes. fails: as Pins::create() and firewall::Table::add().
  Result<> add(const netns::Pins& pins, const std::string& network, const std::string& table,
               firewall::Device device, const std::vector<firewall::Group>& groups);

  /// Makes one from before known, without a word to the kernel.
  void expect(const std::string& network, const std::string& table, firewall::Device device,
              const std::vector<firewall::Group>& groups);

  /// The namespace and its table end by themselves. again: yes.
  void forget(const std::string& network);

  /// Groups as they are from now on, in the gateways of networks that have some.
  /// fails: with the first failure; the others follow all the same.
  Result<> follow(const netns::Pins& pins, const std::vector<firewall::Group>& groups);

 private:
  struct Entry {
    std::shared_ptr<firewall::Table> table;
    bool has_groups = false;
  };
  std::shared_ptr<firewall::Table> table_of(const std::string& network, const std::string& table,
                                            const firewall::Device& device);

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  ///< by network
};

}  // namespace berth::steps
