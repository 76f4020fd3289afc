// own_netns.hpp - a network namespace of its own for a test program: only a loopback, and ours
// alone.
#pragma once

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::testing {

/// Moves the calling thread, and all it starts later, into a new network namespace whose loopback
/// is up. Call before any other thread runs. Without root a user namespace is made around it.
///
/// fails:  Denied.
/// again:  no; each call makes another namespace.
inline Result<> enter_own_netns() {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    return os_error(errno, "unshare a network namespace");
  }
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) return os_error(errno, "bring lo up");
  return ok();
}

/// Put into a test file as
///   const auto* const own_netns = OwnNetns::for_this_program();
class OwnNetns : public ::testing::Environment {
 public:
  static ::testing::Environment* for_this_program() {
    static ::testing::Environment* const once = ::testing::AddGlobalTestEnvironment(new OwnNetns);
    return once;
  }
  void SetUp() override {
    const auto entered = enter_own_netns();
    ASSERT_TRUE(entered) << entered.error();
  }
};

}  // namespace berth::testing
