// veth.cpp - VethDriver: a pair, its inside and its outside, in three messages to the kernel.
#include "netns/drivers/veth.hpp"

#include <linux/if.h>

#include "base/crash_point.hpp"
#include "netns/address.hpp"
#include "netns/drivers/veth_pair.hpp"
#include "netns/netlink.hpp"
#include "netns/shaping.hpp"

namespace berth::netns {

namespace {

constexpr std::size_t kTaskIdDigits = 32;
constexpr std::size_t kHexDigits = 12;
constexpr std::uint8_t kHostEndMac = 0xfe;
constexpr std::uint8_t kAllBits4 = 32;
constexpr std::uint8_t kAllBits6 = 128;
constexpr std::uint8_t kLinkLocalBits = 64;

/// fe80::1, the host's end of every veth: the same for all, because each is a link of its own.
IpAddress host_link_local() {
  IpAddress address;
  address.is_v6 = true;
  address.octets[0] = 0xfe;
  address.octets[1] = 0x80;
  address.octets[15] = 1;
  return address;
}

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

/// The gateway becomes an address of the host; one that is another machine's there already would be
/// cut off from the host.
Result<> check_gateway(Netlink& host, const OwnInterface& own) {
  const bool reaches_host_only = std::holds_alternative<HostOnly>(own.access);
  if (!own.ipv4 || !own.ipv4_gateway || reaches_host_only) return ok();
  BERTH_TRY(const std::uint32_t index, link_of(host, *own.ipv4_gateway));
  if (index == 0) return ok();
  BERTH_TRY(const std::vector<Link> links, list_links(host));
  for (const Link& link : links) {
    if (link.index != index) continue;
    return Error{Errc::Invalid, 0,
                 "gateway " + text_of(*own.ipv4_gateway) + " is on the host's own network " +
                     link.name + ": the subnet of a task must be one the host is not in"};
  }
  return ok();
}

/// Loopback and the interface, up, with addresses and default routes.
Result<> configure_inside(Netlink& inside, const OwnInterface& own, const VethPair& pair) {
  BERTH_TRY(const Link link, find_link(inside, own.name));
  LinkChange change{.name = own.name, .up = true};
  if (link.mac != own.mac) change.mac = own.mac;
  if (link.mtu != pair.mtu) change.mtu = pair.mtu;
  std::vector<Request> batch;
  batch.push_back(link_change_request({.name = "lo", .up = true}));
  batch.push_back(link_change_request(change));
  if (own.ipv4) {
    batch.push_back(address_request(link.index, {own.ipv4->address, kAllBits4}));
    batch.push_back(neighbour_request(link.index, *own.ipv4_gateway, pair.mac));
    Route onwards{.to = {}, .via = own.ipv4_gateway, .link = link.index, .onlink = true};
    if (const auto* only = std::get_if<HostOnly>(&own.access)) onwards.to = {only->to, kAllBits4};
    batch.push_back(route_request(onwards));
  }
  if (own.leg) {
    batch.push_back(address_request(link.index, {own.leg->address, kAllBits4}));
    batch.push_back(neighbour_request(link.index, own.leg->gateway, pair.mac));
    batch.push_back(route_request({.to = {own.leg->to, kAllBits4},
                                   .via = own.leg->gateway,
                                   .link = link.index,
                                   .onlink = true}));
  }
  if (own.ipv6) {
    Route everywhere{.to = {}, .via = host_link_local(), .link = link.index};
    everywhere.to.address.is_v6 = true;
    batch.push_back(address_request(link.index, {own.ipv6->address, kAllBits6}));
    batch.push_back(neighbour_request(link.index, host_link_local(), pair.mac));
    batch.push_back(route_request(everywhere));
  }
  return inside.change(batch);
}

/// The host's end as it is to be, and the way to the interface.
Result<> configure_outside(Netlink& host, const OwnInterface& own, const std::string& end,
                           const OuterEnd& outer) {
  BERTH_TRY(const Link link, find_link(host, end));
  std::vector<Request> batch;
  const auto add_way_to = [&](const Route& route) {
    if (!outer.is_led_to) return;
    batch.push_back(neighbour_request(link.index, route.to.address, own.mac));
    batch.push_back(route_request(route));
  };
  if (outer.ipv4) batch.push_back(address_request(link.index, {*outer.ipv4, kAllBits4}));
  if (own.ipv4) {
    add_way_to({.to = {own.ipv4->address, kAllBits4}, .link = link.index, .source = outer.source});
  }
  if (own.leg) add_way_to({.to = {own.leg->address, kAllBits4}, .link = link.index});
  if (own.ipv6) {
    batch.push_back(address_request(link.index, {host_link_local(), kLinkLocalBits}));
    add_way_to({.to = {own.ipv6->address, kAllBits6}, .link = link.index});
  }
  return batch.empty() ? ok() : host.change(batch);
}

}  // namespace

Result<> check_interface(const OwnInterface& own) {
  const auto refused = [](const std::string& why) { return Error{Errc::Invalid, 0, why}; };
  if (own.name.empty() || own.name.size() >= IFNAMSIZ || own.name == "lo") {
    return refused("interface name \"" + own.name + "\" is not 1 to 15 characters, or is lo");
  }
  if (!own.ipv4 && !own.ipv6)
    return refused("the interface has neither an IPv4 nor an IPv6 address");
  if (own.ipv4 && own.ipv4->address.is_v6) {
    return refused("address " + text_of(*own.ipv4) + " is not IPv4");
  }
  if (own.ipv6 && !own.ipv6->address.is_v6) {
    return refused("IPv6 address " + text_of(*own.ipv6) + " is not IPv6");
  }
  if (own.ipv4 && (!own.ipv4_gateway || own.ipv4_gateway->is_v6)) {
    return refused("address " + text_of(*own.ipv4) + " has no IPv4 gateway");
  }
  if (own.leg && (own.ipv4 || own.leg->address.is_v6)) {
    return refused("leg " + text_of(own.leg->address) + " is not IPv4, or not needed");
  }
  if (own.ipv4 && *own.ipv4_gateway == own.ipv4->address) {
    return refused("gateway " + text_of(*own.ipv4_gateway) + " is the interface's own address");
  }
  return ok();
}

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
  if (digits.size() != kTaskIdDigits) digits = hex_of(hash_of(name));
  return "be" + digits.substr(0, kHexDigits);
}

std::string ifb_name(const std::string& name) {
  return "bi" + host_end_name(name).substr(2);
}

bool is_of_a_network(const std::string& device) {
  return device.starts_with("be") || device.starts_with("bi");
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

MacAddress host_end_mac(const std::string& name) {
  return derived_mac(kHostEndMac, name);
}

Result<> VethDriver::attach(const std::string& name, const OwnInterface& own,
                            Namespace& into) const {
  BERTH_CHECK(check_interface(own));
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  BERTH_CHECK(check_gateway(*host, own));
  OuterEnd outer;
  if (own.ipv4) outer.ipv4 = own.ipv4_gateway;
  return attach_to(*host, name, own, into, outer);
}

Result<> VethDriver::attach(const std::string& name, const OwnInterface& own, Namespace& into,
                            const OuterEnd& outer) const {
  BERTH_CHECK(check_interface(own));
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  return attach_to(*host, name, own, into, outer);
}

Result<> VethDriver::attach_to(Netlink& host, const std::string& name, const OwnInterface& own,
                               Namespace& into, const OuterEnd& outer_end) const {
  VethPair pair;
  pair.name = host_end_name(name);
  pair.mac = host_end_mac(name);
  pair.mtu = own.mtu;
  if (pair.mtu == 0) {
    BERTH_TRY(pair.mtu, uplink_mtu(host));
  }
  pair.peer_name = own.name;
  pair.peer_mac = own.mac;
  pair.peer_netns = into.fd.get();
  const LinkChange outer{.name = pair.name,
                         .mac = pair.mac,
                         .mtu = pair.mtu,
                         .alias = alias_of(name),
                         .routes_loopback = own.is_reached_from_loopback,
                         .ignores_arp = true,
                         .up = true};
  BERTH_CHECK(ensure_pair(host, pair, outer, *into.netlink));
  BERTH_CRASH_POINT("veth.named");
  // Before any packet can pass.
  BERTH_CHECK(shape(host, {.link = pair.name,
                           .ifb = ifb_name(name),
                           .alias = alias_of(name),
                           .bandwidth = own.bandwidth}));
  BERTH_CHECK(configure_inside(*into.netlink, own, pair));
  BERTH_CRASH_POINT("veth.inside-configured");
  BERTH_CHECK(configure_outside(host, own, pair.name, outer_end));
  BERTH_CRASH_POINT("veth.outside-configured");
  return ok();
}

Result<> VethDriver::detach(const std::string& name) const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  BERTH_CHECK(remove_ifb(*host, ifb_name(name), alias_of(name)));
  const Result<Link> end = find_link(*host, host_end_name(name));
  if (end.failed_with(Errc::NotFound)) return ok();
  if (!end) return end.error();
  const bool is_ours = end->alias.empty() || end->alias == alias_of(name);
  return is_ours && end->kind == "veth" ? delete_link(*host, end->name) : ok();
}

Result<> VethDriver::drop(const std::string& name) const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  return remove_ifb(*host, ifb_name(name), alias_of(name));
}

Result<std::vector<std::string>> VethDriver::attached() const {
  return owners_of("veth");
}

Result<std::vector<std::string>> VethDriver::shaped() const {
  return owners_of("ifb");
}

Result<std::vector<std::string>> VethDriver::owners_of(const std::string& kind) const {
  BERTH_TRY(const std::unique_ptr<Netlink> host, open_host_());
  BERTH_TRY(const std::vector<Link> links, list_links(*host));
  const std::string start = alias_of("");
  std::vector<std::string> names;
  for (const Link& link : links) {
    if (link.kind == kind && link.alias.starts_with(start)) {
      names.push_back(link.alias.substr(start.size()));
    }
  }
  return names;
}

}  // namespace berth::netns
