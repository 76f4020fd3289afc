// any.hpp - one Driver for every way to reach the world: each interface says which it wants.
#pragma once

#include <string>
#include <vector>

#include "netns/drivers/driver.hpp"
#include "netns/drivers/veth.hpp"
#include "netns/namespace.hpp"

namespace berth::netns {

class AnyDriver final : public Driver {
 public:
  /// owner: the prefix of aliases, as Pins has it.
  explicit AnyDriver(std::string owner, OpenNetlink open_host = open_netlink)
      : veth_(std::move(owner), std::move(open_host)) {}

  /// As the driver that OwnInterface::access names.
  Result<> attach(const std::string& name, const OwnInterface& own, Namespace& into) const override;
  // These look for what any of the drivers may have made.
  Result<> detach(const std::string& name) const override;
  Result<> drop(const std::string& name) const override;
  Result<std::vector<std::string>> attached() const override;
  Result<std::vector<std::string>> shaped() const override;

 private:
  VethDriver veth_;
};

}  // namespace berth::netns
