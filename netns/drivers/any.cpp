// any.cpp - each call to the driver whose it is.
#include "netns/drivers/any.hpp"

namespace berth::netns {

Result<> AnyDriver::attach(const std::string& name, const OwnInterface& own,
                           Namespace& into) const {
  if (has_gateway(own.access)) return gateway_.attach(name, own, into);
  if (std::holds_alternative<LanRouted>(own.access)) return lan_routed_.attach(name, own, into);
  return veth_.attach(name, own, into);
}

Result<> AnyDriver::detach(const std::string& name) const {
  BERTH_CHECK(gateway_.detach(name));
  return lan_routed_.detach(name);  // with its veth, as every driver has one
}

Result<> AnyDriver::drop(const std::string& name) const {
  BERTH_CHECK(gateway_.drop(name));
  return lan_routed_.drop(name);
}

Result<std::vector<std::string>> AnyDriver::attached() const {
  return veth_.attached();
}

Result<std::vector<std::string>> AnyDriver::shaped() const {
  return veth_.shaped();
}

}  // namespace berth::netns
