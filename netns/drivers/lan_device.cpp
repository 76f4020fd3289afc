// lan_device.cpp - macvlan, vlan, and a NIC's way there and back.
#include "netns/drivers/lan_device.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/crash_point.hpp"
#include "base/dir.hpp"
#include "netns/address.hpp"
#include "netns/parent.hpp"

namespace berth::netns {

namespace {

constexpr const char* kDevices = "/sys/class/net";

Result<Link> find_carrier(Netlink& host, const std::string& parent) {
  BERTH_TRY(const Link link, find_parent(host, parent));
  BERTH_TRY(const Dir devices, Dir::open(kDevices));
  BERTH_CHECK(check_carries(host, link, devices));
  return link;
}

/// What the kernel's errno means for a device that is to stand on a parent.
Error explained(Error error, const std::string& kind, const Link& parent) {
  if (error.os_errno == EOPNOTSUPP) {
    return {Errc::Invalid, error.os_errno, "the kernel has no " + kind};
  }
  if (error.os_errno == EBUSY) {
    return {Errc::Invalid, error.os_errno,
            "parent " + parent.name +
                " is a port, or carries ipvlan in another namespace, so that "
                "no " +
                kind + " can stand on it"};
  }
  return error;
}

Result<> make_macvlan(Netlink& host, const Macvlan& access, const OwnInterface& own,
                      const Namespace& gateway) {
  BERTH_TRY(const Link parent, find_carrier(host, access.parent));
  const LanDevice device{kLanDevice, parent.index, own.mac, gateway.fd.get()};
  Result<> made = host.change(macvlan_request(device));
  if (!made) BERTH_CHECK(check_has_no_ipvlan(host, parent));
  if (!made) return explained(std::move(made).error(), "macvlan", parent);
  return ok();
}

Result<> make_vlan(Netlink& host, const Vlan& access, const OwnInterface& own,
                   const Namespace& gateway) {
  BERTH_TRY(const Link parent, find_carrier(host, access.parent));
  BERTH_CHECK(check_has_no_ipvlan(host, parent));
  const LanDevice device{kLanDevice, parent.index, own.mac, gateway.fd.get()};
  Result<> made = host.change(vlan_request(device, access.id));
  if (made.failed_with(Errc::Exists)) {
    return Error{Errc::Exists, EEXIST,
                 "VLAN " + std::to_string(access.id) + " of " + parent.name +
                     " is in use: a VLAN has one device, which is another task's or the host's"};
  }
  if (!made) return explained(std::move(made).error(), "8021q", parent);
  return host.change(link_change_request({.name = parent.name, .up = true}));
}

Result<Link> find_nic(Netlink& host, const MacAddress& mac) {
  const Result<Link> nic = find_link_of(host, mac);
  if (nic.failed_with(Errc::NotFound)) {
    return Error{Errc::NotFound, 0, "the host has no device with MAC " + text_of(mac)};
  }
  if (!nic) return nic;
  BERTH_CHECK(check_forwards(host, *nic));
  for (const bool is_v6 : {false, true}) {
    BERTH_TRY(const std::uint32_t uplink, uplink_of(host, is_v6));
    if (uplink != nic->index) continue;
    return Error{
        Errc::Invalid, 0,
        "device " + nic->name + " with MAC " + text_of(mac) + " is the host's own way out"};
  }
  return nic;
}

std::string lent_alias(const std::string& alias, const std::string& former_name) {
  return alias + " " + former_name;
}

Result<> lend_nic(Netlink& host, const std::string& alias, const OwnInterface& own,
                  const Namespace& gateway) {
  BERTH_TRY(const Link nic, find_nic(host, own.mac));
  // Marked before it goes: whoever finds it in the gateway knows what it was called.
  BERTH_CHECK(host.change(
      link_change_request({.name = nic.name, .alias = lent_alias(alias, nic.name), .up = false})));
  BERTH_CRASH_POINT("lan.nic-marked");
  return host.change(move_request(nic, kLanDevice, gateway.fd.get()));
}

/// Ours that never went, or came back and was not yet unmarked.
Result<> unmark(Netlink& host, const std::string& alias) {
  BERTH_TRY(const std::vector<Link> links, list_links(host));
  for (const Link& link : links) {
    if (!link.alias.starts_with(lent_alias(alias, ""))) continue;
    BERTH_CHECK(host.change(link_change_request({.name = link.name, .alias = ""})));
  }
  return ok();
}

}  // namespace

Result<Link> ensure_lan_device(Netlink& host, const std::string& alias, const OwnInterface& own,
                               Namespace& gateway) {
  Result<Link> there = find_link(*gateway.netlink, kLanDevice);
  if (!there.failed_with(Errc::NotFound)) return there;
  Result<> made = ok();
  if (const auto* macvlan = std::get_if<Macvlan>(&own.access)) {
    made = make_macvlan(host, *macvlan, own, gateway);
  } else if (const auto* vlan = std::get_if<Vlan>(&own.access)) {
    made = make_vlan(host, *vlan, own, gateway);
  } else {
    made = lend_nic(host, alias, own, gateway);
  }
  if (!made) return std::move(made).error();
  BERTH_CRASH_POINT("lan.device-made");
  return find_link(*gateway.netlink, kLanDevice);
}

Result<> release_lan_device(Netlink& host, const std::string& alias, Namespace& gateway) {
  const Result<Link> device = find_link(*gateway.netlink, kLanDevice);
  if (device.failed_with(Errc::NotFound)) return unmark(host, alias);
  if (!device) return device.error();
  if (device->kind == "vlan") return delete_link(*gateway.netlink, kLanDevice);
  const std::string start = lent_alias(alias, "");
  if (!device->alias.starts_with(start)) return ok();
  const std::string former = device->alias.substr(start.size());
  const UniqueFd home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!home) return os_error(errno, "open the host's network namespace");
  Result<> moved = gateway.netlink->change(move_request(*device, former, home.get()));
  // Its name is taken, or ours of it is: then by any name. It may have gone before it was named.
  const bool is_home = find_link(*gateway.netlink, kLanDevice).failed_with(Errc::NotFound);
  if (moved.failed_with(Errc::Exists) && !is_home) {
    moved = gateway.netlink->change(move_request(*device, "nic%d", home.get()));
  }
  if (!moved && !is_home) return moved;
  BERTH_CRASH_POINT("lan.nic-given-back");
  return unmark(host, alias);
}

}  // namespace berth::netns
