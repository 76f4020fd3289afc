// parent.cpp - names, and what the kernel or the air would refuse.
#include "netns/parent.hpp"

#include <algorithm>

#include "netns/address.hpp"

namespace berth::netns {

namespace {

Error refused(const Link& parent, const std::string& cause) {
  return Error{Errc::Invalid, 0, "parent " + parent.name + " " + cause};
}

Result<Link> device_of_default_route(Netlink& host) {
  for (const bool is_v6 : {false, true}) {
    BERTH_TRY(const std::uint32_t index, uplink_of(host, is_v6));
    if (index != 0) return find_link(host, index);
  }
  return Error{Errc::NotFound, 0,
               "the host has no default route whose device could be the parent: name one as "
               "BERTH_ENI_PARENT"};
}

/// VLANs, bridges and the like take over the MAC address of the device below them.
Result<Link> device_of_mac(Netlink& host, const MacAddress& mac) {
  BERTH_TRY(std::vector<Link> links, list_links(host));
  std::erase_if(links, [&mac](const Link& link) { return link.mac != mac; });
  if (links.empty()) {
    return Error{Errc::NotFound, 0, "parent " + text_of(mac) + ": the host has no such device"};
  }
  const auto plain =
      std::find_if(links.begin(), links.end(), [](const Link& link) { return link.kind.empty(); });
  return plain == links.end() ? links.front() : *plain;
}

}  // namespace

Result<Link> find_parent(Netlink& host, const std::string& parent) {
  if (parent.empty()) return device_of_default_route(host);
  if (const Result<MacAddress> mac = parse_mac(parent)) return device_of_mac(host, *mac);
  Result<Link> found = find_link(host, parent);
  if (found.failed_with(Errc::NotFound)) {
    return Error{Errc::NotFound, 0, "parent " + parent + ": the host has no such device"};
  }
  return found;
}

Result<> check_forwards(Netlink& host, const Link& parent) {
  if (parent.name == "lo") return refused(parent, "is the loopback device");
  if (parent.master == 0) return ok();
  BERTH_TRY(const Link master, find_link(host, parent.master));
  return refused(parent, "is a port of " + master.kind + " " + master.name + ": name " +
                             master.name + " instead");
}

Result<> check_carries(Netlink& host, const Link& parent, const Dir& devices) {
  BERTH_CHECK(check_forwards(host, parent));
  if (devices.exists(parent.name + "/phy80211") || devices.exists(parent.name + "/wireless")) {
    return refused(parent,
                   "is wireless, where an access point takes frames of one MAC address "
                   "only: use driver lan-routed");
  }
  return ok();
}

Result<> check_has_no_ipvlan(Netlink& host, const Link& parent) {
  BERTH_TRY(const std::vector<Link> links, list_links(host));
  for (const Link& link : links) {
    if (link.kind == "ipvlan" && link.peer_link == parent.index) {
      return refused(parent, "carries " + link.name + ", an ipvlan, which takes all its packets");
    }
  }
  return ok();
}

}  // namespace berth::netns
