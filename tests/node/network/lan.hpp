// lan.hpp - a LAN of several machines joined by a switch, one of them the host.
#pragma once

#include <string>
#include <vector>

#include "agent/steps/gateway_tables.hpp"
#include "firewall/table.hpp"
#include "netns/drivers/any.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {

/// A way to the LAN, and how the cables must be for it.
enum class Way : std::uint8_t { LanRouted, Macvlan, Nic, Vlan };
std::string name_of(Way way);

inline constexpr std::uint16_t kVlan = 7;

/// The LAN is 10.77.0.0/24 and 2001:db8:7::/64:
///
///   router  .1, ::1    with 203.0.113.9 and 2001:db8:9::9 behind it
///   host    .10, ::10  on eth0, the test's own namespace; forwards
///   peer    .20, ::20
///   tasks   .<last>, ::<last>
///
/// With Way::Vlan router and peer are in VLAN 7, and the host is not.
class LanTest : public HostTest {
 protected:
  void SetUp() override { set_up(Way::Macvlan, "0"); }
  /// bridge_nf: bridge-nf-call-iptables, of the host and of the switch.
  void set_up(Way way, const std::string& bridge_nf);

  struct Task {
    std::string name;
    OwnInterface own;
    Namespace space;
  };
  OwnInterface interface_of(int last) const;
  static std::string task_name(int last);
  /// Lets it through, makes it, and waits until its device carries packets.
  Task start(
      int last, const std::function<void(firewall::Device&)>& settle = [](firewall::Device&) {},
      const std::vector<firewall::Group>& groups = {});
  /// The same, made as told.
  Task start_as(const OwnInterface& own, int last,
                const std::function<void(firewall::Device&)>& settle,
                const std::vector<firewall::Group>& groups);
  /// Makes the NIC of that MAC on the host, plugged into the switch; Way::Nic only.
  std::string plug_in_nic(int last);
  void stop(const Task& task);

  /// Names of the devices of the host.
  std::vector<std::string> devices() const;

  Way way = Way::Macvlan;
  std::vector<Namespace> machines;
  const Namespace& router() const { return machines[1]; }
  const Namespace& peer() const { return machines[2]; }

  AnyDriver any{"berth", pins};
  firewall::Table table{{.table = "berth"}};
  steps::GatewayTables gateways;

 private:
  const Namespace& the_switch() const { return machines[0]; }
  void plug_in(Netlink& machine, int machine_fd, const std::string& device, const MacAddress& mac);
  void add_machine(const std::string& name, const std::string& last);
};

/// Packets of other kinds than TCP, from the namespace the calling thread is in.
::testing::AssertionResult pings(const std::string& address);
/// A UDP socket of port 8080 that answers one datagram with the address it came from.
::testing::AssertionResult is_answered_by_udp(const Namespace& server, const std::string& address);

}  // namespace berth::netns
