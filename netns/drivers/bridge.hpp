// bridge.hpp - a veth on a bridge of the host; the host routes, the firewall room translates.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/dir.hpp"
#include "netns/drivers/driver.hpp"
#include "netns/link.hpp"

namespace berth::netns {

/// The name of the host's end of a veth: "be" and 12 hex digits; the first 12 of `name` when it is
/// a task id (hex digits and dashes, at least 12 digits), else of a hash over it. 14 characters of
/// the 15 the kernel takes. Two names share an end once in 2^48 pairs: attach() reads the owner
/// from the device's alias and refuses the second with Exists, it never takes over the first one's
/// device.
std::string host_end_name(const std::string& name);

/// A locally administered address that is always the same for `seed`. Starts with 0x02 for bridges
/// and with 0xfe for host ends: never lower than a task's own.
MacAddress derived_mac(std::uint8_t first, const std::string& seed);

class BridgeDriver final : public Driver {
 public:
  /// bridge: its name, 1 to 15 characters. owner: the prefix of aliases, as Pins has it.
  BridgeDriver(std::string bridge, std::string owner, OpenNetlink open_host = open_netlink)
      : bridge_(std::move(bridge)), owner_(std::move(owner)), open_host_(std::move(open_host)) {}

  struct HostChange {
    bool bridge_made = false;
    std::string old_ip_forward;  ///< what to restore when the last of us goes
  };
  /// The bridge, up, and forwarding of IPv4 between devices.
  /// again: yes. fails: Exists (a device of this name is no bridge), Denied.
  Result<HostChange> ensure_host(const Dir& proc_sys) const;
  /// True when a device has the bridge's name.
  Result<bool> is_there() const;
  /// The devices on the bridge, ours and those of others; none when there is no bridge.
  Result<std::vector<std::string>> ports() const;
  /// Removes the bridge and with it every gateway address. again: yes.
  Result<> remove_host() const;

  /// Besides the veth: gives the bridge the gateway's address with the interface's prefix when it
  /// lacks it, and makes the bridge when somebody removed it.
  Result<> attach(const std::string& name, const OwnInterface& own, Namespace& into) const override;
  Result<> detach(const std::string& name) const override;
  Result<std::vector<std::string>> attached() const override;

 private:
  std::string alias_of(const std::string& name) const { return owner_ + "--" + name; }
  Result<> connect(Netlink& host, const VethPair& pair, const std::string& alias,
                   Netlink& inside) const;

  std::string bridge_;
  std::string owner_;
  OpenNetlink open_host_;
};

}  // namespace berth::netns
