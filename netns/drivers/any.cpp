// any.cpp - each call to the driver whose it is.
#include "netns/drivers/any.hpp"

#include "netns/drivers/lan_device.hpp"
#include "netns/parent.hpp"

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

Result<LanPlace> AnyDriver::place_on_lan(const std::string& name, const OwnInterface& own) const {
  LanPlace place;
  Result<Link> device;
  if (has_gateway(own.access)) {
    BERTH_TRY(place.gateway, pins_.open(gateway_name(name)));
    device = find_link(*place.gateway.netlink, kLanDevice);
  } else {
    BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
    device = find_parent(*host, std::get<LanRouted>(own.access).parent);
  }
  if (!device) return std::move(device).error();
  place.link = device->index;
  place.mac = device->mac;
  return place;
}

Result<> run_at(const LanPlace& place, const std::function<Result<>()>& work) {
  return place.gateway.fd ? run_inside(place.gateway.fd.get(), work) : work();
}

}  // namespace berth::netns
