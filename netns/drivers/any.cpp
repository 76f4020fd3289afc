// any.cpp - each call to the driver whose it is.
#include "netns/drivers/any.hpp"

namespace berth::netns {

Result<> AnyDriver::attach(const std::string& name, const OwnInterface& own,
                           Namespace& into) const {
  if (std::holds_alternative<HostRouted>(own.access)) return veth_.attach(name, own, into);
  return Error{Errc::Invalid, 0, "this berthd cannot make an interface on the LAN yet"};
}

Result<> AnyDriver::detach(const std::string& name) const {
  return veth_.detach(name);
}

Result<> AnyDriver::drop(const std::string& name) const {
  return veth_.drop(name);
}

Result<std::vector<std::string>> AnyDriver::attached() const {
  return veth_.attached();
}

Result<std::vector<std::string>> AnyDriver::shaped() const {
  return veth_.shaped();
}

}  // namespace berth::netns
