// link.cpp - RTM_NEWLINK, RTM_GETLINK, RTM_DELLINK.
#include "netns/link.hpp"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "netns/address.hpp"

namespace berth::netns {

namespace {

/// Kinds of devices that stand on another and have its address.
constexpr std::array<std::string_view, 7> kBorrowers{"vlan",   "macvlan", "macvtap", "ipvlan",
                                                     "bridge", "bond",    "team"};

ifinfomsg any_link() {
  return {};
}

Link decode_link(const Message& message) {
  Link link;
  const auto header = header_of<ifinfomsg>(message);
  if (!header) return link;
  const Attributes attributes = attributes_of(message, sizeof *header);
  link.index = static_cast<std::uint32_t>(header->ifi_index);
  link.name = attributes.text(IFLA_IFNAME);
  link.kind = attributes.inside(IFLA_LINKINFO).text(IFLA_INFO_KIND);
  link.alias = attributes.text(IFLA_IFALIAS);
  link.mac = mac_in(attributes).value_or(MacAddress{});
  link.mtu = attributes.number32(IFLA_MTU).value_or(0);
  link.peer_link = attributes.number32(IFLA_LINK).value_or(0);
  if (const auto number = attributes.number32(IFLA_LINK_NETNSID)) {
    link.peer_netns = static_cast<std::int32_t>(*number);
  }
  link.master = attributes.number32(IFLA_MASTER).value_or(0);
  link.is_up = (header->ifi_flags & IFF_UP) != 0;
  link.is_running = (header->ifi_flags & IFF_RUNNING) != 0;
  link.carrier_changes = attributes.number32(IFLA_CARRIER_CHANGES).value_or(0);
  return link;
}

/// Leaves the IPv6 counters out of the answer, which the kernel sums over all processors to tell.
Request& without_counters(Request& request) {
  return request.number32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

Request& put_mac(Request& request, const MacAddress& mac) {
  return request.bytes(IFLA_ADDRESS, mac.octets.data(), mac.octets.size());
}

}  // namespace

Result<Link> find_link(Netlink& netlink, const std::string& name) {
  Request question(RTM_GETLINK, 0, any_link(), "look up link " + name);
  without_counters(question).text(IFLA_IFNAME, name);
  BERTH_TRY(const std::vector<Message> answers, netlink.ask(question));
  for (const Message& answer : answers) {
    if (answer.type == RTM_NEWLINK) return decode_link(answer);
  }
  return Error{Errc::Broken, 0, "look up link " + name + ": the kernel's answer has no link"};
}

Result<Link> find_link(Netlink& netlink, std::uint32_t index) {
  ifinfomsg which{};
  which.ifi_index = static_cast<int>(index);
  Request question(RTM_GETLINK, 0, which, "look up link " + std::to_string(index));
  BERTH_TRY(const std::vector<Message> answers, netlink.ask(without_counters(question)));
  for (const Message& answer : answers) {
    if (answer.type == RTM_NEWLINK) return decode_link(answer);
  }
  return Error{Errc::Broken, 0, question.doing() + ": the kernel's answer has no link"};
}

Result<std::vector<Link>> list_links(Netlink& netlink) {
  Request question(RTM_GETLINK, NLM_F_DUMP, any_link(), "list links");
  without_counters(question);
  BERTH_TRY(const std::vector<Message> answers, netlink.ask(question));
  std::vector<Link> links;
  for (const Message& answer : answers) {
    if (answer.type == RTM_NEWLINK) links.push_back(decode_link(answer));
  }
  return links;
}

Result<Link> find_link_of(Netlink& netlink, const MacAddress& mac) {
  BERTH_TRY(const std::vector<Link> links, list_links(netlink));
  for (const Link& link : links) {
    const bool has_it_of_another =
        std::find(kBorrowers.begin(), kBorrowers.end(), link.kind) != kBorrowers.end();
    if (link.mac == mac && !has_it_of_another) return link;
  }
  return Error{Errc::NotFound, 0, "there is no device with MAC " + text_of(mac)};
}

std::optional<MacAddress> mac_in(const Attributes& link) {
  const std::string_view octets = link.find(IFLA_ADDRESS).value_or("");
  MacAddress mac;
  if (octets.size() != mac.octets.size()) return std::nullopt;
  std::copy(octets.begin(), octets.end(), mac.octets.begin());
  return mac;
}

Result<std::uint32_t> uplink_mtu(Netlink& netlink) {
  constexpr std::uint32_t kEthernet = 1500;
  for (const bool is_v6 : {false, true}) {
    BERTH_TRY(const std::uint32_t link, uplink_of(netlink, is_v6));
    if (link == 0) continue;
    BERTH_TRY(const Link uplink, find_link(netlink, link));
    return uplink.mtu;
  }
  return kEthernet;
}

Request veth_request(const VethPair& pair) {
  ifinfomsg up{};
  up.ifi_flags = IFF_UP;
  up.ifi_change = IFF_UP;
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, up,
                  "create veth " + pair.name + " with peer " + pair.peer_name);
  request.text(IFLA_IFNAME, pair.name);
  put_mac(request, pair.mac);
  if (pair.mtu != 0) request.number32(IFLA_MTU, pair.mtu);
  request.open(IFLA_LINKINFO).text(IFLA_INFO_KIND, "veth");
  request.open(IFLA_INFO_DATA).open(VETH_INFO_PEER, any_link());
  request.text(IFLA_IFNAME, pair.peer_name);
  put_mac(request, pair.peer_mac);
  if (pair.mtu != 0) request.number32(IFLA_MTU, pair.mtu);
  request.number32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(pair.peer_netns));
  request.close().close().close();
  return request;
}

namespace {

Request lan_device_request(const LanDevice& device, const std::string& kind) {
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, any_link(),
                  "create " + kind + " " + device.name);
  request.text(IFLA_IFNAME, device.name).number32(IFLA_LINK, device.parent);
  put_mac(request, device.mac);
  request.number32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(device.netns));
  request.open(IFLA_LINKINFO).text(IFLA_INFO_KIND, kind).open(IFLA_INFO_DATA);
  return request;
}

}  // namespace

Request macvlan_request(const LanDevice& device) {
  Request request = lan_device_request(device, "macvlan");
  return request.number32(IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE).close().close();
}

Request vlan_request(const LanDevice& device, std::uint16_t id) {
  Request request = lan_device_request(device, "vlan");
  return request.bytes(IFLA_VLAN_ID, &id, sizeof id).close().close();
}

Request move_request(const Link& link, const std::string& name, int netns) {
  ifinfomsg which{};
  which.ifi_index = static_cast<int>(link.index);
  Request request(RTM_NEWLINK, 0, which, "move link " + link.name);
  request.text(IFLA_IFNAME, name);
  return request.number32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(netns));
}

Result<> delete_link(Netlink& netlink, const std::string& name) {
  Request request(RTM_DELLINK, 0, any_link(), "delete link " + name);
  request.text(IFLA_IFNAME, name).forgive(ENODEV);
  return netlink.change(request);
}

Request link_change_request(const LinkChange& change) {
  ifinfomsg header{};
  if (change.up) {
    header.ifi_change = IFF_UP;
    if (*change.up) header.ifi_flags = IFF_UP;
  }
  Request request(RTM_NEWLINK, 0, header, "change link " + change.name);
  request.text(IFLA_IFNAME, change.name);
  if (change.mac) put_mac(request, *change.mac);
  if (change.mtu) request.number32(IFLA_MTU, *change.mtu);
  if (change.alias) request.bytes(IFLA_IFALIAS, change.alias->data(), change.alias->size());
  if (change.routes_loopback || change.ignores_arp) {
    constexpr std::uint32_t kNever = 8;  // ip-sysctl.rst, arp_ignore: not for any local address
    request.open(IFLA_AF_SPEC).open(AF_INET).open(IFLA_INET_CONF);
    if (change.routes_loopback) {
      request.number32(IPV4_DEVCONF_ROUTE_LOCALNET, *change.routes_loopback ? 1 : 0);
    }
    if (change.ignores_arp) {
      request.number32(IPV4_DEVCONF_ARP_IGNORE, *change.ignores_arp ? kNever : 0);
    }
    request.close().close().close();
  }
  return request;
}

}  // namespace berth::netns
