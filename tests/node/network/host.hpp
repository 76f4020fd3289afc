// host.hpp - a network namespace that plays the host, and what is needed to talk between
// namespaces.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/unique_fd.hpp"
#include "netns/drivers/bridge.hpp"
#include "netns/namespace.hpp"
#include "netns/network.hpp"

namespace berth::netns {

/// Puts the calling thread into fresh network and mount namespaces with a /run of their own, for
/// each test; nothing of the machine is touched. The old ones end with their last reference.
class HostTest : public ::testing::Test {
 protected:
  void SetUp() override;

  Pins pins{"/run/netns", "berth"};
  BridgeDriver driver{"berth0", "berth"};
};

/// An interface 10.213.1.<last>/24 with its own MAC, its gateway 10.213.1.1.
OwnInterface interface(int last);

/// Runs `work` in a thread inside the namespace.
void inside(const Namespace& where, const std::function<void()>& work);

/// Listens on TCP port 8080 of the namespace the calling thread is in.
UniqueFd listen_here();
/// What the next connection to the listener came from, "10.213.1.1"; waits up to 5 s.
std::string accept_from(const UniqueFd& listener);
/// Connects to `address`:8080 from the namespace the calling thread is in, within 5 s.
::testing::AssertionResult connects_to(const std::string& address);

/// Waits until the device can carry packets, at most 5 s: a bridge port starts forwarding some
/// hundred microseconds after both ends are up, and a packet sent before is sent again only 1 s
/// later.
void await_running(Netlink& netlink, const std::string& link);

std::string host_setting(const std::string& key);

}  // namespace berth::netns
