// network.cpp - namespace and driver, one after the other.
#include "netns/network.hpp"

#include <system_error>
#include <thread>

#include "netns/link.hpp"

namespace berth::netns {

Result<> create_namespaces(const Pins& pins, const std::string& name) {
  Result<Namespace> gateway;
  Result<Namespace> own;
  try {
    const std::jthread beside([&] { gateway = pins.create(gateway_name(name)); });
    own = pins.create(name);
  } catch (const std::system_error& error) {
    return os_error(error.code().value(), "start a thread for a network namespace");
  }
  if (!gateway) return std::move(gateway).error();
  return own ? ok() : Result<>(std::move(own).error());
}

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
