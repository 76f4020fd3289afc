// lan.cpp - a bridge in a namespace of its own, and a cable for each machine.
#include "tests/node/network/lan.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "netns/address.hpp"
#include "netns/link.hpp"
#include "netns/sysctl.hpp"

namespace berth::netns {

namespace {

constexpr int kLanPatienceMs = 5000;
constexpr char kSwitchNf[] = "net/bridge/bridge-nf-call-iptables";

Request bridge_request(const std::string& name) {
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{}, "create bridge " + name);
  request.text(IFLA_IFNAME, name).open(IFLA_LINKINFO).text(IFLA_INFO_KIND, "bridge").close();
  return request;
}

Request port_request(const std::string& name, std::uint32_t bridge) {
  Request request(RTM_NEWLINK, 0, ifinfomsg{}, "make " + name + " a port");
  return request.text(IFLA_IFNAME, name).number32(IFLA_MASTER, bridge);
}

Result<> set(const std::string& key, const std::string& value) {
  const auto proc_sys = Dir::open("/proc/sys");
  const Result<std::string> old = set_sysctl(*proc_sys, key, value);
  return old ? ok() : Result<>(old.error());
}

/// The device is up with these addresses, at once.
void give_addresses(Netlink& machine, const std::string& device, const std::string& last) {
  const std::uint32_t index = find_link(machine, device)->index;
  const auto done =
      machine.change({link_change_request({.name = device, .up = true}),
                      address_request(index, *parse_ip_interface("10.77.0." + last + "/24")),
                      address_request(index, *parse_ip_interface("2001:db8:7::" + last + "/64"))});
  ASSERT_TRUE(done) << done.error();
}

}  // namespace

std::string name_of(Way way) {
  switch (way) {
    case Way::LanRouted: return "LanRouted";
    case Way::Macvlan: return "Macvlan";
    case Way::Nic: return "Nic";
    case Way::Vlan: return "Vlan";
  }
  return "";
}

void LanTest::plug_in(Netlink& machine, int machine_fd, const std::string& device,
                      const MacAddress& mac) {
  static int number = 0;
  VethPair cable;
  cable.name = "port" + std::to_string(number++);
  cable.mac = derived_mac(0xfe, cable.name);
  cable.peer_name = device;
  cable.peer_mac = mac;
  cable.peer_netns = machine_fd;
  const std::uint32_t bridge = find_link(*the_switch().netlink, "lan")->index;
  const auto plugged =
      the_switch().netlink->change({veth_request(cable), port_request(cable.name, bridge)});
  ASSERT_TRUE(plugged) << plugged.error();
  const auto up = machine.change(link_change_request({.name = device, .up = true}));
  ASSERT_TRUE(up) << up.error();
  await_running(machine, device);
}

void LanTest::add_machine(const std::string& name, const std::string& last) {
  auto made = pins.create(name);
  ASSERT_TRUE(made) << made.error();
  plug_in(*made->netlink, made->fd.get(), "eth0", derived_mac(0x02, name));
  std::string device = "eth0";
  if (way == Way::Vlan) {
    const LanDevice tagged{"lan", find_link(*made->netlink, "eth0")->index, derived_mac(0x02, name),
                           made->fd.get()};
    const auto is_there = made->netlink->change(vlan_request(tagged, kVlan));
    if (!is_there && is_there.error().os_errno == EOPNOTSUPP) {
      GTEST_SKIP() << "SKIP: kernel has no 8021q";
    }
    ASSERT_TRUE(is_there) << is_there.error();
    device = "lan";
  }
  give_addresses(*made->netlink, device, last);
  machines.push_back(std::move(*made));
}

void LanTest::set_up(Way wanted, const std::string& bridge_nf) {
  HostTest::SetUp();
  way = wanted;
  auto proc_sys = Dir::open("/proc/sys");
  const auto old = set_sysctl(*proc_sys, kSwitchNf, bridge_nf);
  if (old.failed_with(Errc::NotFound)) GTEST_SKIP() << "SKIP: kernel has no br_netfilter";
  forward();
  machines.push_back(std::move(*pins.create("switch")));
  inside(the_switch(), [&] { EXPECT_TRUE(set(kSwitchNf, bridge_nf)); });
  const auto bridged = the_switch().netlink->change(
      {bridge_request("lan"), link_change_request({.name = "lan", .up = true})});
  ASSERT_TRUE(bridged) << bridged.error();
  add_machine("router", "1");
  if (IsSkipped() || HasFatalFailure()) return;
  add_machine("peer", "20");

  auto host = NetlinkSocket::open();
  const UniqueFd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  plug_in(*host, here.get(), "eth0", derived_mac(0x02, "host"));
  give_addresses(*host, "eth0", "10");
  for (const char* far : {"203.0.113.9/32", "2001:db8:9::9/128"}) {
    const std::uint32_t index = find_link(*router().netlink, "eth0")->index;
    const auto given = router().netlink->change(address_request(index, *parse_ip_interface(far)));
    ASSERT_TRUE(given) << given.error();
  }
  Route everywhere{.via = *parse_ip("10.77.0.1"), .link = find_link(*host, "eth0")->index};
  Route everywhere6{.via = *parse_ip("2001:db8:7::1"), .link = everywhere.link};
  everywhere6.to.address.is_v6 = true;
  const auto routed = host->change({route_request(everywhere), route_request(everywhere6)});
  ASSERT_TRUE(routed) << routed.error();
}

std::string LanTest::task_name(int last) {
  return std::to_string(100 + last) + std::string(29, 'a');
}

OwnInterface LanTest::interface_of(int last) const {
  OwnInterface own;
  own.mac.octets = {0x0a, 0, 0, 0, 0, static_cast<std::uint8_t>(last)};
  own.ipv4 = *parse_ip_interface("10.77.0." + std::to_string(last) + "/24");
  own.ipv4_gateway = *parse_ip("10.77.0.1");
  own.ipv6 = *parse_ip_interface("2001:db8:7::" + std::to_string(last) + "/64");
  own.ipv6_gateway = *parse_ip("2001:db8:7::1");
  switch (way) {
    case Way::LanRouted: own.access = LanRouted{"eth0"}; break;
    case Way::Macvlan: own.access = Macvlan{"eth0"}; break;
    case Way::Nic: own.access = Nic{}; break;
    case Way::Vlan: own.access = Vlan{"eth0", kVlan}; break;
  }
  return own;
}

std::string LanTest::plug_in_nic(int last) {
  auto host = NetlinkSocket::open();
  const UniqueFd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  const std::string name = "nic" + std::to_string(last);
  plug_in(*host, here.get(), name, interface_of(last).mac);
  return name;
}

LanTest::Task LanTest::start(int last, const std::function<void(firewall::Device&)>& settle,
                             const std::vector<firewall::Group>& groups) {
  return start_as(interface_of(last), last, settle, groups);
}

LanTest::Task LanTest::start_as(const OwnInterface& own, int last,
                                const std::function<void(firewall::Device&)>& settle,
                                const std::vector<firewall::Group>& groups) {
  const std::string name = task_name(last);
  firewall::Device device = device_of(name, own);
  device.is_known_outside = true;
  settle(device);
  firewall::Device outer = device;
  if (has_gateway(own.access)) {
    const auto inner = gateways.add(pins, name, "berth", device, groups);
    EXPECT_TRUE(inner) << inner.error();
    outer.mac = text_of(leg_mac(name));
    outer.groups.reset();
  } else {
    const auto proc_sys = Dir::open("/proc/sys");
    const auto settings = answering_settings(*proc_sys, "eth0", true);
    for (const Setting& setting : *settings) EXPECT_TRUE(set(setting.key, setting.value));
  }
  const auto added = table.add(outer, outer.groups ? groups : std::vector<firewall::Group>{});
  EXPECT_TRUE(added) << added.error();
  if (way == Way::Nic) plug_in_nic(last);
  const auto path = create_network(pins, any, name, own);
  EXPECT_TRUE(path) << path.error();
  auto opened = pins.open(name);
  EXPECT_TRUE(opened) << opened.error();
  await_running(*opened->netlink, "eth0");
  if (has_gateway(own.access)) {
    const auto gateway = pins.open(gateway_name(name));
    await_running(*gateway->netlink, "lan");
  }
  return {name, own, std::move(*opened)};
}

void LanTest::stop(const Task& task) {
  const auto removed = remove_network(pins, any, task.name);
  EXPECT_TRUE(removed) << removed.error();
  gateways.forget(task.name);
  EXPECT_TRUE(table.remove(host_end_name(task.name)));
}

std::vector<std::string> LanTest::devices() const {
  auto host = NetlinkSocket::open();
  const auto links = list_links(*host);
  std::vector<std::string> names;
  for (const Link& link : *links) names.push_back(link.name);
  return names;
}

::testing::AssertionResult pings(const std::string& address) {
  const bool is_v6 = address.find(':') != std::string::npos;
  const UniqueFd fd(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC,
                             is_v6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP}));
  sockaddr_in6 where6{};
  sockaddr_in where4{};
  where6.sin6_family = AF_INET6;
  where4.sin_family = AF_INET;
  ::inet_pton(AF_INET6, address.c_str(), &where6.sin6_addr);
  ::inet_pton(AF_INET, address.c_str(), &where4.sin_addr);
  const auto* where = is_v6 ? reinterpret_cast<const sockaddr*>(&where6)
                            : reinterpret_cast<const sockaddr*>(&where4);
  const socklen_t size = is_v6 ? sizeof where6 : sizeof where4;
  if (::connect(fd.get(), where, size) != 0) {
    return ::testing::AssertionFailure() << address << ": " << std::strerror(errno);
  }
  // Echo request, id 0x6265; an IPv6 socket writes the checksum by itself.
  unsigned char echo[8] = {static_cast<unsigned char>(is_v6 ? 128 : 8), 0, 0, 0, 0x62, 0x65, 0, 1};
  const unsigned sum = ~((echo[0] << 8) + 0x6265 + 1) & 0xffff;
  echo[2] = static_cast<unsigned char>(sum >> 8);
  echo[3] = static_cast<unsigned char>(sum & 0xff);
  if (::send(fd.get(), echo, sizeof echo, 0) < 0) {
    return ::testing::AssertionFailure() << address << ": " << std::strerror(errno);
  }
  const unsigned char answer = is_v6 ? 129 : 0;
  pollfd ready{fd.get(), POLLIN, 0};
  while (::poll(&ready, 1, kLanPatienceMs) == 1) {
    unsigned char got[256] = {};
    const ssize_t got_size = ::recv(fd.get(), got, sizeof got, 0);
    const unsigned char* icmp = is_v6 ? got : got + 4 * (got[0] & 0xf);
    if (got_size >= 8 && icmp[0] == answer) return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << address << ": no echo";
}

::testing::AssertionResult is_answered_by_udp(const Namespace& server, const std::string& address) {
  sockaddr_in6 where{};
  where.sin6_family = AF_INET6;
  where.sin6_port = htons(8080);
  UniqueFd answers;
  inside(server, [&] {
    answers = UniqueFd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(answers.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  });
  const bool is_v6 = address.find(':') != std::string::npos;
  ::inet_pton(AF_INET6, (is_v6 ? address : "::ffff:" + address).c_str(), &where.sin6_addr);
  const UniqueFd asks(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ::sendto(asks.get(), "?", 1, 0, reinterpret_cast<const sockaddr*>(&where), sizeof where);
  pollfd asked{answers.get(), POLLIN, 0};
  if (::poll(&asked, 1, kLanPatienceMs) != 1) {
    return ::testing::AssertionFailure() << address << ": the question did not come";
  }
  char text[1];
  sockaddr_in6 from{};
  socklen_t size = sizeof from;
  ::recvfrom(answers.get(), text, sizeof text, 0, reinterpret_cast<sockaddr*>(&from), &size);
  ::sendto(answers.get(), "!", 1, 0, reinterpret_cast<const sockaddr*>(&from), size);
  pollfd answered{asks.get(), POLLIN, 0};
  if (::poll(&answered, 1, kLanPatienceMs) == 1) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << address << ": the answer did not come";
}

}  // namespace berth::netns
