// host.hpp - a network namespace that plays the host, and what is needed to talk between
// namespaces.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "firewall/ruleset.hpp"
#include "netns/drivers/veth.hpp"
#include "netns/namespace.hpp"
#include "netns/network.hpp"

namespace berth::netns {

/// Puts the calling thread into fresh network and mount namespaces with a /run of their own, for
/// each test; nothing of the machine is touched. The old ones end with their last reference.
class HostTest : public ::testing::Test {
 protected:
  void SetUp() override;

  Pins pins{"/run/netns", "berth"};
  VethDriver driver{"berth"};
};

/// An interface 10.213.1.<last>/24 with its own MAC, its gateway 10.213.1.1.
OwnInterface interface(int last);
/// The same with fd00:213::<last>/64 beside, and with that alone.
OwnInterface dual_interface(int last);
OwnInterface v6_interface(int last);
/// What the firewall has to know of it.
firewall::Device device_of(const std::string& name, const OwnInterface& own);

/// A rule for one port, and one that allows everything.
firewall::GroupRule tcp(std::uint16_t port, std::vector<std::string> cidrs);
firewall::GroupRule everything();

/// Lets the host, as it is now, forward IPv4 and IPv6.
void forward();

/// Another machine: a namespace `name` on a link of its own with the host.
/// host 198.51.100.1/24, 2001:db8:1::1/64; the machine has .2 and ::2 and no other routes.
Namespace machine(const Pins& pins, const std::string& name);

/// Runs `work` in a thread inside the namespace.
void inside(const Namespace& where, const std::function<void()>& work);

/// Listens on a TCP port of the namespace the calling thread is in.
UniqueFd listen_here(std::uint16_t port = 8080);
UniqueFd listen_in(const Namespace& space, std::uint16_t port = 8080);
/// What the next connection to the listener came from, "10.213.1.1"; waits up to 5 s. Both
/// families.
std::string accept_from(const UniqueFd& listener);
/// Connects to `address` from the namespace the calling thread is in, within 5 s.
::testing::AssertionResult connects_to(const std::string& address, std::uint16_t port = 8080);
/// True when nothing answers such a call for 300 ms: packets are dropped.
::testing::AssertionResult is_shut_out_from(const std::string& address, std::uint16_t port = 8080);

/// Waits until the device can carry packets, at most 5 s: some hundred microseconds after both ends
/// are up; a packet sent before is sent again only 1 s later.
void await_running(Netlink& netlink, const std::string& link);

std::string host_setting(const std::string& key);

}  // namespace berth::netns
