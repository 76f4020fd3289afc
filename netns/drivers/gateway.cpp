// gateway.cpp - the LAN's device, the leg to the host, the veth to the network; then the routes.
#include "netns/drivers/gateway.hpp"

#include <algorithm>

#include "base/crash_point.hpp"
#include "netns/address.hpp"
#include "netns/announce.hpp"
#include "netns/drivers/lan_device.hpp"
#include "netns/drivers/veth.hpp"
#include "netns/drivers/veth_pair.hpp"
#include "netns/forwarding.hpp"
#include "netns/proxy.hpp"
#include "netns/rule.hpp"

namespace berth::netns {

namespace {

constexpr const char* kLeg = "host";

/// What a router without an address of its own answers under; nobody routes it. source: RFC 7600,
/// section 4.8.
constexpr IpAddress kNobody{{192, 0, 0, 8}, false};

IpInterface everywhere(bool is_v6) {
  IpInterface all;
  all.address.is_v6 = is_v6;
  return all;
}

std::vector<IpInterface> interfaces_of(const OwnInterface& own) {
  std::vector<IpInterface> interfaces;
  for (const auto& one : {own.ipv4, own.ipv6}) {
    if (one) interfaces.push_back(*one);
  }
  return interfaces;
}

/// The driver's view of a namespace it has open already.
class Lent final : public Netlink {
 public:
  explicit Lent(Netlink& of) : of_(of) {}
  using Netlink::change;
  Result<> change(const std::vector<Request>& batch) override { return of_.change(batch); }
  Result<std::vector<Message>> ask(const Request& question) override { return of_.ask(question); }

 private:
  Netlink& of_;
};

/// The settings of a fresh gateway, before anything in it is up.
///
/// Its device announces its IPv4 address when it comes up. It has no address of IPv6 but the
/// link-local one, which is there at once; it learns the routers of the LAN, and answers in the
/// place of the network without waiting.
Result<> settle(bool has_v6_router) {
  const std::string lan = kLanDevice;
  const Setting settings[] = {{kForwardV4, "1"},
                              {"net/ipv4/conf/all/send_redirects", "0"},
                              {"net/ipv4/conf/" + lan + "/send_redirects", "0"},
                              {"net/ipv4/conf/" + lan + "/arp_ignore", "1"},
                              {"net/ipv4/conf/" + lan + "/arp_notify", "1"},
                              {"net/ipv4/neigh/" + lan + "/proxy_delay", "0"},
                              {"net/ipv6/conf/" + lan + "/accept_dad", "0"},
                              {"net/ipv6/conf/" + lan + "/autoconf", "0"},
                              {"net/ipv6/conf/" + lan + "/router_solicitation_delay", "0"},
                              {"net/ipv6/conf/" + lan + "/accept_ra", has_v6_router ? "0" : "2"},
                              {"net/ipv6/conf/" + lan + "/proxy_ndp", "1"},
                              {"net/ipv6/neigh/" + lan + "/proxy_delay", "0"},
                              {kForwardV6, "1"}};
  BERTH_TRY(const Dir proc_sys, Dir::open("/proc/sys"));
  for (const Setting& setting : settings) {
    Result<> set = proc_sys.write(setting.key, setting.value);
    if (set || set.failed_with(Errc::NotFound)) continue;  // a kernel without IPv6
    return std::move(set).error().while_doing("set " + setting.key);
  }
  return ok();
}

/// Those the network could ask for.
Result<std::vector<IpAddress>> addresses_for(Netlink& host, const OwnInterface& own) {
  std::vector<IpAddress> addresses;
  for (const IpInterface& interface : interfaces_of(own)) {
    BERTH_TRY(const std::vector<IpAddress> more, host_addresses(host, interface.address.is_v6));
    addresses.insert(addresses.end(), more.begin(), more.end());
  }
  if (own.leg) addresses.push_back(own.leg->to);
  return addresses;
}

/// The host's addresses, and no other, by the leg.
Result<> lead_to_host(Netlink& inside, std::uint32_t leg, const MacAddress& host_mac,
                      const std::vector<IpAddress>& addresses) {
  BERTH_TRY(const std::vector<Route> before, list_routes(inside, leg));
  std::vector<Request> batch;
  for (const Route& route : before) {
    const bool is_alone = route.to == single(route.to.address);
    const bool is_so =
        std::find(addresses.begin(), addresses.end(), route.to.address) != addresses.end();
    if (is_alone && !is_so) batch.push_back(route_removal(route));
  }
  for (const IpAddress& address : addresses) {
    batch.push_back(neighbour_request(leg, address, host_mac));
    batch.push_back(route_request({.to = single(address), .link = leg}));
  }
  return inside.change(batch);
}

/// The way to the subnet, and to the rest of the world.
std::vector<Request> ways_to_lan(const OwnInterface& own, std::uint32_t lan, std::uint32_t leg,
                                 const std::vector<IpAddress>& of_host) {
  std::vector<Request> batch;
  const auto add = [&](const IpInterface& interface, const std::optional<IpAddress>& router) {
    const IpInterface subnet = subnet_of(interface);
    const bool has_neighbours = subnet != single(subnet.address);
    if (has_neighbours) batch.push_back(route_request({.to = subnet, .link = lan}));
    if (!router) return;
    const bool is_host = std::find(of_host.begin(), of_host.end(), *router) != of_host.end();
    batch.push_back(route_request({.to = everywhere(router->is_v6),
                                   .via = router,
                                   .link = is_host ? leg : lan,
                                   .onlink = true}));
  };
  if (own.ipv4) add(*own.ipv4, own.ipv4_gateway);
  if (own.ipv6) add(*own.ipv6, own.ipv6_gateway);
  return batch;
}

/// The host's way to the network.
Result<> lead_to_network(Netlink& host, const std::string& name, const OwnInterface& own) {
  BERTH_TRY(const Link end, find_link(host, host_end_name(name)));
  std::vector<Request> batch;
  for (const IpInterface& interface : interfaces_of(own)) {
    Route route{.to = single(interface.address), .link = end.index};
    if (!interface.address.is_v6) {
      BERTH_TRY(route.source, source_towards(host, interface.address));
    }
    batch.push_back(neighbour_request(end.index, interface.address, leg_mac(name)));
    batch.push_back(route_request(route));
  }
  if (own.leg) {
    batch.push_back(neighbour_request(end.index, own.leg->address, leg_mac(name)));
    batch.push_back(route_request({.to = single(own.leg->address), .link = end.index}));
  }
  return host.change(batch);
}

}  // namespace

Result<std::vector<IpAddress>> host_addresses(Netlink& host, bool is_v6) {
  BERTH_TRY(const std::vector<IpInterface> all, list_addresses(host, is_v6));
  std::vector<IpAddress> addresses;
  for (const IpInterface& one : all) {
    const bool is_loopback = is_v6 ? one.address == *parse_ip("::1") : one.address.octets[0] == 127;
    if (!is_loopback && !is_of_a_link(one.address)) addresses.push_back(one.address);
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

MacAddress leg_mac(const std::string& name) {
  return derived_mac(0x02, gateway_name(name));
}

Result<> GatewayDriver::attach(const std::string& name, const OwnInterface& own,
                               Namespace& into) const {
  BERTH_CHECK(check_interface(own));
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  for (const IpInterface& interface : interfaces_of(own)) {
    BERTH_CHECK(check_is_not_ours(*host, interface.address));
  }
  BERTH_TRY(Namespace gateway, pins_.create(gateway_name(name)));
  BERTH_TRY(const Link lan, ensure_lan_device(*host, alias_of(name), own, gateway));
  const bool has_v6_router = own.ipv6_gateway.has_value();
  BERTH_CHECK(run_inside(gateway.fd.get(), [has_v6_router] { return settle(has_v6_router); }));
  BERTH_CRASH_POINT("gateway.settled");

  OwnInterface with_mtu = own;
  if (own.mtu == 0) with_mtu.mtu = lan.mtu;
  BERTH_CHECK(connect_leg(*host, name, with_mtu.mtu, gateway));
  BERTH_CRASH_POINT("gateway.leg-made");
  BERTH_CHECK(open_ways(*host, name, own, lan.index, gateway));
  BERTH_CRASH_POINT("gateway.ways-opened");

  const VethDriver inner(owner_, [&gateway]() -> Result<std::unique_ptr<Netlink>> {
    return std::unique_ptr<Netlink>(std::make_unique<Lent>(*gateway.netlink));
  });
  OuterEnd outer;
  if (own.ipv4) outer.ipv4 = kNobody;
  BERTH_CHECK(inner.attach(name, with_mtu, into, outer));
  if (!own.is_announced) return ok();
  BERTH_CHECK(lead_to_network(*host, name, own));
  BERTH_CRASH_POINT("gateway.host-led");
  return run_inside(gateway.fd.get(), [&]() -> Result<> {
    for (const IpInterface& interface : interfaces_of(own)) {
      BERTH_CHECK(announce(lan.index, interface.address, own.mac));
    }
    return ok();
  });
}

Result<> GatewayDriver::connect_leg(Netlink& host, const std::string& name, std::uint32_t mtu,
                                    Namespace& gateway) const {
  VethPair pair;
  pair.name = host_end_name(name);
  pair.mac = host_end_mac(name);
  pair.mtu = mtu;
  pair.peer_name = kLeg;
  pair.peer_mac = leg_mac(name);
  pair.peer_netns = gateway.fd.get();
  const LinkChange outer{.name = pair.name,
                         .mac = pair.mac,
                         .mtu = mtu,
                         .alias = alias_of(name),
                         .ignores_arp = true,
                         .up = true};
  BERTH_CHECK(ensure_pair(host, pair, outer, *gateway.netlink));
  return gateway.netlink->change(link_change_request(
      {.name = kLeg, .mac = pair.peer_mac, .mtu = mtu, .ignores_arp = true, .up = true}));
}

Result<> GatewayDriver::open_ways(Netlink& host, const std::string& name, const OwnInterface& own,
                                  std::uint32_t lan, Namespace& gateway) const {
  Netlink& inside = *gateway.netlink;
  BERTH_TRY(const Link leg, find_link(inside, kLeg));
  BERTH_TRY(const std::vector<IpAddress> of_host, addresses_for(host, own));
  std::vector<Request> batch;
  // Under it the gateway asks for neighbours; what is for it is led on to the network.
  if (own.ipv4 && own.is_announced) {
    BERTH_CHECK(lead_on(inside, own.ipv4->address));
    batch.push_back(address_request(lan, single(own.ipv4->address)));
  }
  batch.push_back(link_change_request({.name = "lo", .up = true}));
  batch.push_back(link_change_request({.name = kLanDevice, .up = true}));
  BERTH_CHECK(inside.change(batch));
  BERTH_CHECK(lead_to_host(inside, leg.index, host_end_mac(name), of_host));
  batch = ways_to_lan(own, lan, leg.index, of_host);
  if (!own.is_announced) return inside.change(batch);
  for (const IpInterface& interface : interfaces_of(own)) {
    batch.push_back(proxy_request({lan, interface.address}));
  }
  return inside.change(batch);
}

Result<> GatewayDriver::drop(const std::string& name) const {
  if (!pins_.has(gateway_name(name))) return ok();
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  Result<Namespace> gateway = pins_.open(gateway_name(name));
  if (gateway) BERTH_CHECK(release_lan_device(*host, alias_of(name), *gateway));
  // Half made: there is a file, and nothing is mounted on it.
  if (!gateway && !gateway.failed_with(Errc::NotFound)) return std::move(gateway).error();
  return pins_.remove(gateway_name(name));
}

Result<> GatewayDriver::detach(const std::string& name) const {
  if (!pins_.has(gateway_name(name))) return ok();
  if (const Result<Namespace> gateway = pins_.open(gateway_name(name))) {
    const Result<Link> device = find_link(*gateway->netlink, kLanDevice);
    if (device && device->kind == "macvlan") {
      BERTH_CHECK(delete_link(*gateway->netlink, kLanDevice));
    }
  }
  return drop(name);
}

bool GatewayDriver::is_on_lan(const std::string& name) const {
  const Result<Namespace> gateway = pins_.open(gateway_name(name));
  return !gateway || !find_link(*gateway->netlink, kLanDevice).failed_with(Errc::NotFound);
}

}  // namespace berth::netns
