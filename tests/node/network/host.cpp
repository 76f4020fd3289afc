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
#include "netns/link.hpp"
#include "netns/sysctl.hpp"

namespace berth::netns {

namespace {

constexpr std::uint16_t kPort = 8080;
constexpr int kPatienceMs = 5000;

sockaddr_in at(const std::string& address) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(kPort);
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  return where;
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

OwnInterface interface(int last) {
  OwnInterface own;
  own.mac.octets = {0x0a, 0, 0, 0, 0, static_cast<std::uint8_t>(last)};
  own.address = *parse_ip_interface("10.213.1." + std::to_string(last) + "/24");
  own.gateway = *parse_ip("10.213.1.1");
  own.hostname = "task-" + std::to_string(last);
  return own;
}

void inside(const Namespace& where, const std::function<void()>& work) {
  std::thread([&] {
    ASSERT_EQ(::setns(where.fd.get(), CLONE_NEWNET), 0) << std::strerror(errno);
    work();
  }).join();
}

UniqueFd listen_here() {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in where = at("0.0.0.0");
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  EXPECT_EQ(::listen(listener.get(), 8), 0);
  return listener;
}

std::string accept_from(const UniqueFd& listener) {
  pollfd ready{listener.get(), POLLIN, 0};
  if (::poll(&ready, 1, kPatienceMs) != 1) return "nobody";
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const UniqueFd connection(::accept(listener.get(), reinterpret_cast<sockaddr*>(&peer), &size));
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
  return text;
}

::testing::AssertionResult connects_to(const std::string& address) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in where = at(address);
  int fault = 0;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    if (errno != EINPROGRESS) return ::testing::AssertionFailure() << std::strerror(errno);
    pollfd ready{socket.get(), POLLOUT, 0};
    if (::poll(&ready, 1, kPatienceMs) != 1) return ::testing::AssertionFailure() << "no answer";
    socklen_t size = sizeof fault;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &fault, &size);
  }
  if (fault != 0) return ::testing::AssertionFailure() << std::strerror(fault);
  return ::testing::AssertionSuccess();
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
