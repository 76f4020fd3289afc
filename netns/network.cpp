// network.cpp - namespace and driver, one after the other.
#include "netns/network.hpp"

#include "netns/link.hpp"

namespace berth::netns {

Result<std::string> create_network(const Pins& pins, const Driver& driver, const std::string& name,
                                   const Endpoint& endpoint) {
  if (std::holds_alternative<HostNetwork>(endpoint)) return std::string();
  BERTH_TRY(Namespace made, pins.create(name));
  if (const auto* own = std::get_if<OwnInterface>(&endpoint)) {
    BERTH_CHECK(driver.attach(name, *own, made));
  } else {
    BERTH_CHECK(made.netlink->change(link_change_request({.name = "lo", .up = true})));
  }
  return pins.path_of(name);
}

Result<> drop_network(const Pins& pins, const Driver& driver, const std::string& name) {
  BERTH_CHECK(driver.drop(name));
  return pins.remove(name);
}

Result<> remove_network(const Pins& pins, const Driver& driver, const std::string& name) {
  BERTH_CHECK(driver.detach(name));
  return pins.remove(name);
}

}  // namespace berth::netns
