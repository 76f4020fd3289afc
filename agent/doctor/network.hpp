// network.hpp - the way out, what it carries, and whether packets pass from tasks to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/doctor/finding.hpp"
#include "base/dir.hpp"
#include "netns/netlink.hpp"

namespace berth::doctor {

struct NetworkFacts {
  std::string driver;              ///< BERTH_ENI_DRIVER
  std::string device{};            ///< of the default route, or BERTH_ENI_PARENT; "" is none
  std::string failure{};           ///< why there is none, or why it does not suit the driver
  std::uint32_t mtu = 0;           ///< of the device
  bool is_running = true;          ///< it can carry packets
  std::optional<bool> forwards{};  ///< net.ipv4.ip_forward; nullopt: it cannot be read
  std::string set_by{};            ///< the file of sysctl.d that turns it on at boot; "" is none
  std::string unset_by{};          ///< the one that turns it off
  bool has_docker = false;
};

/// parent: BERTH_ENI_PARENT. root: with proc/sys, etc, run, usr/lib and sys. Blocks.
NetworkFacts look_at_network(netns::Netlink& netlink, const Dir& root, const std::string& driver,
                             const std::string& parent);

Findings judge_network(const NetworkFacts& facts);

/// The file that has the last word about a setting when the host boots, and its value there; empty
/// when none names it. source: sysctl.d(5), the order of its directories.
struct BootSetting {
  std::string file{};
  std::string value{};
};
BootSetting boot_setting(const Dir& root, const std::string& key);

}  // namespace berth::doctor
