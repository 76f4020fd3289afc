// bridge.cpp - BridgeDriver: bridge, veth, gateway address, in three messages to the kernel.
#include "netns/drivers/bridge.hpp"

#include <linux/if.h>

#include "base/crash_point.hpp"
#include "netns/address.hpp"
#include "netns/netlink.hpp"
#include "netns/sysctl.hpp"

namespace berth::netns {

namespace {

constexpr std::size_t kHexDigits = 12;
constexpr std::uint8_t kBridgeMac = 0x02;
constexpr std::uint8_t kHostEndMac = 0xfe;

/// FNV-1a, 64 bits: same on every machine and in every release, as names must be.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::string hex_of(std::uint64_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(number >> shift) & 0xf];
  return text;
}

Result<> check(const OwnInterface& own) {
  const auto refused = [](const std::string& why) { return Error{Errc::Invalid, 0, why}; };
  if (own.name.empty() || own.name.size() >= IFNAMSIZ || own.name == "lo") {
    return refused("interface name \"" + own.name + "\" is not 1 to 15 characters, or is lo");
  }
  if (own.address.address.is_v6) return refused("address " + text_of(own.address) + " is not IPv4");
  if (own.gateway.is_v6) return refused("gateway " + text_of(own.gateway) + " is not IPv4");
  if (own.gateway == own.address.address) {
    return refused("gateway " + text_of(own.gateway) + " is the interface's own address");
  }
  if (own.ipv6 && !own.ipv6->address.is_v6) {
    return refused("IPv6 address " + text_of(*own.ipv6) + " is not IPv6");
  }
  return ok();
}

/// True when the gateway lies outside of the interface's subnet, as with a /32.
bool is_gateway_outside(const OwnInterface& own) {
  return subnet_of({own.gateway, own.address.prefix_bits}) != subnet_of(own.address);
}

/// Loopback and the interface, up, with addresses and default route.
Result<> configure_inside(Netlink& inside, const OwnInterface& own) {
  BERTH_TRY(const Link link, find_link(inside, own.name));
  LinkChange change{.name = own.name, .up = true};
  if (link.mac != own.mac) change.mac = own.mac;
  if (own.mtu != 0 && link.mtu != own.mtu) change.mtu = own.mtu;
  std::vector<Request> batch;
  batch.push_back(link_change_request({.name = "lo", .up = true}));
  batch.push_back(link_change_request(change));
  batch.push_back(address_request(link.index, own.address));
  if (own.ipv6) batch.push_back(address_request(link.index, *own.ipv6));
  batch.push_back(route_request(
      {.to = {}, .via = own.gateway, .link = link.index, .onlink = is_gateway_outside(own)}));
  return inside.change(batch);
}

/// The bridge as the interface's gateway, and what the host knows of the interface.
Result<> configure_gateway(Netlink& host, const Link& bridge, const OwnInterface& own) {
  std::vector<Request> batch;
  batch.push_back(address_request(bridge.index, {own.gateway, own.address.prefix_bits}));
  if (is_gateway_outside(own)) {
    batch.push_back(route_request({.to = {own.address.address, 32}, .link = bridge.index}));
  }
  batch.push_back(neighbour_request(bridge.index, own.address.address, own.mac));
  return host.change(batch);
}

}  // namespace

std::string host_end_name(const std::string& name) {
  std::string digits;
  for (const char c : name) {
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (is_hex) digits += c;
    if (!is_hex && c != '-') {
      digits.clear();
      break;
    }
  }
  if (digits.size() < kHexDigits) digits = hex_of(hash_of(name));
  return "be" + digits.substr(0, kHexDigits);
}

MacAddress derived_mac(std::uint8_t first, const std::string& seed) {
  const std::uint64_t hash = hash_of(seed);
  MacAddress mac;
  mac.octets[0] = first;
  for (std::size_t at = 1; at < mac.octets.size(); ++at) {
    mac.octets[at] = static_cast<std::uint8_t>(hash >> (8 * at));
  }
  return mac;
}

Result<BridgeDriver::HostChange> BridgeDriver::ensure_host(const Dir& proc_sys) const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  HostChange change;
  change.bridge_made = find_link(*host, bridge_).failed_with(Errc::NotFound);
  BERTH_CHECK(create_bridge(*host, bridge_, derived_mac(kBridgeMac, bridge_)));
  BERTH_CRASH_POINT("bridge.made");
  BERTH_TRY(change.old_ip_forward, set_sysctl(proc_sys, "net/ipv4/ip_forward", "1"));
  BERTH_CRASH_POINT("bridge.forwarding-set");
  return change;
}

Result<bool> BridgeDriver::is_there() const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  const Result<Link> found = find_link(*host, bridge_);
  if (!found && !found.failed_with(Errc::NotFound)) return found.error();
  return found.has_value();
}

Result<std::vector<std::string>> BridgeDriver::ports() const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  std::vector<std::string> names;
  const Result<Link> bridge = find_link(*host, bridge_);
  if (bridge.failed_with(Errc::NotFound)) return names;
  if (!bridge) return bridge.error();
  BERTH_TRY(const std::vector<Link> links, list_links(*host));
  for (const Link& link : links) {
    if (link.master == bridge->index) names.push_back(link.name);
  }
  return names;
}

Result<> BridgeDriver::remove_host() const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  return delete_link(*host, bridge_);
}

Result<> BridgeDriver::attach(const std::string& name, const OwnInterface& own,
                              Namespace& into) const {
  BERTH_CHECK(check(own));
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  BERTH_TRY(const Link bridge, create_bridge(*host, bridge_, derived_mac(kBridgeMac, bridge_)));
  VethPair pair;
  pair.name = host_end_name(name);
  pair.mac = derived_mac(kHostEndMac, name);
  pair.master = bridge.index;
  pair.mtu = own.mtu;
  pair.peer_name = own.name;
  pair.peer_mac = own.mac;
  pair.peer_netns = into.fd.get();
  BERTH_CHECK(connect(*host, pair, alias_of(name), *into.netlink));
  BERTH_CRASH_POINT("veth.named");
  BERTH_CHECK(configure_inside(*into.netlink, own));
  BERTH_CRASH_POINT("veth.inside-configured");
  BERTH_CHECK(configure_gateway(*host, bridge, own));
  BERTH_CRASH_POINT("veth.gateway-configured");
  return ok();
}

Result<> BridgeDriver::connect(Netlink& host, const VethPair& pair, const std::string& alias,
                               Netlink& inside) const {
  LinkChange outer{.name = pair.name, .master = pair.master, .alias = alias, .up = true};
  if (pair.mtu != 0) outer.mtu = pair.mtu;

  Result<> made = host.change(veth_request(pair));
  BERTH_CRASH_POINT("veth.made");
  if (made) return host.change(link_change_request({.name = pair.name, .alias = alias}));
  if (!made.failed_with(Errc::Exists)) return made;

  // One of the two names is taken: by an earlier attempt, by what the kernel has not yet cleaned up
  // of an earlier life of this name, or by somebody else.
  const Result<Link> here = find_link(host, pair.name);
  const Result<Link> there = find_link(inside, pair.peer_name);
  // No alias: we were stopped between making and naming it.
  if (here && (here->kind != "veth" || (!here->alias.empty() && here->alias != alias))) {
    return std::move(made).error().while_doing("device belongs to \"" + here->alias + "\"");
  }
  if (there && there->kind != "veth") return made;
  if (here && there && there->peer_link == here->index && here->peer_link == there->index) {
    return host.change(link_change_request(outer));
  }
  if (here) BERTH_CHECK(delete_link(host, pair.name));
  if (there) BERTH_CHECK(delete_link(inside, pair.peer_name));
  BERTH_CHECK(host.change(veth_request(pair)));
  return host.change(link_change_request({.name = pair.name, .alias = alias}));
}

Result<> BridgeDriver::detach(const std::string& name) const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  const Result<Link> end = find_link(*host, host_end_name(name));
  if (end.failed_with(Errc::NotFound)) return ok();
  if (!end) return end.error();
  const bool is_ours = end->alias.empty() || end->alias == alias_of(name);
  return is_ours && end->kind == "veth" ? delete_link(*host, end->name) : ok();
}

Result<std::vector<std::string>> BridgeDriver::attached() const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  BERTH_TRY(const std::vector<Link> links, list_links(*host));
  const std::string start = alias_of("");
  std::vector<std::string> names;
  for (const Link& link : links) {
    if (link.kind == "veth" && link.alias.starts_with(start)) {
      names.push_back(link.alias.substr(start.size()));
    }
  }
  return names;
}

}  // namespace berth::netns
