// host.cpp - unshare, and plain TCP.
#include "tests/node/network/host.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/dir.hpp"
#include "netns/address.hpp"
#include "netns/forwarding.hpp"
#include "netns/link.hpp"
#include "netns/sysctl.hpp"

namespace berth::netns {

namespace {

constexpr int kPatienceMs = 5000;
constexpr int kSilenceMs = 300;

/// An address of either family as an IPv6 socket has it.
sockaddr_in6 at(const std::string& address, std::uint16_t port) {
  sockaddr_in6 where{};
  where.sin6_family = AF_INET6;
  where.sin6_port = htons(port);
  const bool is_v6 = address.find(':') != std::string::npos;
  const std::string text = is_v6 ? address : "::ffff:" + address;
  EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &where.sin6_addr), 1) << address;
  return where;
}

/// errno of connecting within that time; ETIMEDOUT when nothing answers.
int connect_to(const std::string& address, std::uint16_t port, int patience_ms) {
  const UniqueFd socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in6 where = at(address, port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) {
    return 0;
  }
  if (errno != EINPROGRESS) return errno;
  pollfd ready{socket.get(), POLLOUT, 0};
  if (::poll(&ready, 1, patience_ms) != 1) return ETIMEDOUT;
  int fault = 0;
  socklen_t size = sizeof fault;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &fault, &size);
  return fault;
}

}  // namespace

void HostTest::SetUp() {
  ASSERT_EQ(::unshare(CLONE_NEWNET | CLONE_NEWNS), 0) << "needs root: " << std::strerror(errno);
  ASSERT_EQ(::mount("", "/", "none", MS_PRIVATE | MS_REC, nullptr), 0) << std::strerror(errno);
  ASSERT_EQ(::mount("none", "/run", "tmpfs", 0, nullptr), 0) << std::strerror(errno);
  auto made = pins.make_directory();
  ASSERT_TRUE(made) << made.error();
  auto host = NetlinkSocket::open();
  ASSERT_TRUE(host) << host.error();
  auto up = host->change(link_change_request({.name = "lo", .up = true}));
  ASSERT_TRUE(up) << up.error();
}

OwnInterface v6_interface(int last) {
  OwnInterface own;
  own.mac.octets = {0x0a, 0, 0, 0, 0, static_cast<std::uint8_t>(last)};
  own.is_reached_from_loopback = true;
  own.ipv6 = *parse_ip_interface("fd00:213::" + std::to_string(last) + "/64");
  own.hostname = "task-" + std::to_string(last);
  return own;
}

OwnInterface dual_interface(int last) {
  OwnInterface own = v6_interface(last);
  own.ipv4 = *parse_ip_interface("10.213.1." + std::to_string(last) + "/24");
  own.ipv4_gateway = *parse_ip("10.213.1.1");
  return own;
}

OwnInterface interface(int last) {
  OwnInterface own = dual_interface(last);
  own.ipv6.reset();
  return own;
}

firewall::Device device_of(const std::string& name, const OwnInterface& own) {
  firewall::Device device;
  device.name = host_end_name(name);
  device.mac = text_of(own.mac);
  for (const auto& address : {own.ipv4, own.ipv6}) {
    if (address) device.addresses.push_back(text_of(address->address));
  }
  return device;
}

firewall::GroupRule tcp(std::uint16_t port, std::vector<std::string> cidrs) {
  return {.protocol = "tcp", .from_port = port, .to_port = port, .cidrs = std::move(cidrs)};
}

firewall::GroupRule everything() {
  return {.cidrs = {"0.0.0.0/0", "::/0"}};
}

void forward() {
  const auto proc_sys = Dir::open("/proc/sys");
  const auto settings = forwarding_settings(*proc_sys, true);
  ASSERT_TRUE(settings) << settings.error();
  for (const Setting& setting : *settings) {
    const auto set = set_sysctl(*proc_sys, setting.key, setting.value);
    ASSERT_TRUE(set) << set.error();
  }
}

Namespace machine(const Pins& pins, const std::string& name) {
  auto made = pins.create(name);
  EXPECT_TRUE(made) << made.error();
  auto host = NetlinkSocket::open();
  VethPair cable;
  cable.name = "to-" + name;
  cable.mac = derived_mac(0xfe, cable.name);
  cable.peer_name = "eth0";
  cable.peer_mac = derived_mac(0x02, name);
  cable.peer_netns = made->fd.get();
  const auto plugged = host->change(veth_request(cable));
  EXPECT_TRUE(plugged) << plugged.error();
  const auto configure = [](Netlink& netlink, const std::string& link, const std::string& last) {
    const std::uint32_t index = find_link(netlink, link)->index;
    const auto done =
        netlink.change({address_request(index, *parse_ip_interface("198.51.100." + last + "/24")),
                        address_request(index, *parse_ip_interface("2001:db8:1::" + last + "/64")),
                        link_change_request({.name = link, .up = true})});
    EXPECT_TRUE(done) << done.error();
  };
  configure(*host, cable.name, "1");
  configure(*made->netlink, "eth0", "2");
  await_running(*host, cable.name);
  return std::move(*made);
}

void inside(const Namespace& where, const std::function<void()>& work) {
  std::thread([&] {
    ASSERT_EQ(::setns(where.fd.get(), CLONE_NEWNET), 0) << std::strerror(errno);
    work();
  }).join();
}

UniqueFd listen_here(std::uint16_t port) {
  UniqueFd listener(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int off = 0;
  ::setsockopt(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  const sockaddr_in6 where = at("::", port);
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  EXPECT_EQ(::listen(listener.get(), 8), 0);
  return listener;
}

UniqueFd listen_in(const Namespace& space, std::uint16_t port) {
  UniqueFd listener;
  inside(space, [&] { listener = listen_here(port); });
  return listener;
}

std::string accept_from(const UniqueFd& listener) {
  pollfd ready{listener.get(), POLLIN, 0};
  if (::poll(&ready, 1, kPatienceMs) != 1) return "nobody";
  sockaddr_in6 peer{};
  socklen_t size = sizeof peer;
  const UniqueFd connection(::accept(listener.get(), reinterpret_cast<sockaddr*>(&peer), &size));
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text);
  const std::string mapped = "::ffff:";
  return std::string(text).starts_with(mapped) ? text + mapped.size() : text;
}

::testing::AssertionResult connects_to(const std::string& address, std::uint16_t port) {
  const int fault = connect_to(address, port, kPatienceMs);
  if (fault != 0) return ::testing::AssertionFailure() << address << ": " << std::strerror(fault);
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult is_shut_out_from(const std::string& address, std::uint16_t port) {
  const int fault = connect_to(address, port, kSilenceMs);
  if (fault == ETIMEDOUT) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << address << ": " << std::strerror(fault);
}

void await_running(Netlink& netlink, const std::string& link) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (std::chrono::steady_clock::now() < end) {
    const Result<Link> seen = find_link(netlink, link);
    ASSERT_TRUE(seen) << seen.error();
    if (seen->is_running) return;
    std::this_thread::yield();
  }
  FAIL() << link << " never came up";
}

std::string host_setting(const std::string& key) {
  auto proc_sys = Dir::open("/proc/sys");
  auto value = read_sysctl(*proc_sys, key);
  return value ? *value : value.error().text();
}

}  // namespace berth::netns
