// network_test.cpp - where a container's network is.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <thread>

#include "base/unique_fd.hpp"
#include "tests/node/runtime/engine.hpp"

namespace berth::testing {
namespace {

using Joined = runtime::NetworkNamespace::Kind;

/// The inode that names a network namespace.
ino_t inode_of(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? found.st_ino : 0;
}

/// A new network namespace, pinned to a file as the netns room does it.
void pin_new_namespace(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0600));
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) return;
    (void)::mount("/proc/thread-self/ns/net", path.c_str(), "", MS_BIND, nullptr);
  }).join();
}

class Network : public Engine {
 protected:
  ino_t namespace_of(const std::string& id, runtime::NetworkNamespace network) {
    auto made = spec(id, {"sleep", "100"});
    made.network = std::move(network);
    const auto began = create_and_start(made);
    EXPECT_TRUE(began) << began.error();
    auto seen = loop.run(containers.state(id, soon()));
    return inode_of("/proc/" + std::to_string(seen->pid.value_or(0)) + "/ns/net");
  }
};

TEST_F(Network, JoinsAPinnedNamespace) {
  const std::string pin = containerd.scratch() + "/netns";
  pin_new_namespace(pin);

  const ino_t first = namespace_of("first", {Joined::Path, pin});
  const ino_t second = namespace_of("second", {Joined::Path, pin});

  EXPECT_EQ(first, inode_of(pin));
  EXPECT_EQ(second, first);
  EXPECT_NE(first, inode_of("/proc/self/ns/net"));
}

TEST_F(Network, IsTheHostsOrAFreshOneWhenAsked) {
  const ino_t host = inode_of("/proc/self/ns/net");

  const ino_t shared = namespace_of("shared", {Joined::Host, ""});
  const ino_t own = namespace_of("own", {Joined::Private, ""});

  EXPECT_EQ(shared, host);
  EXPECT_NE(own, host);
}

}  // namespace
}  // namespace berth::testing
