// load_test.cpp - hundreds of networks at once, and a thousand one after the other.
#include <dirent.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "base/dir.hpp"
#include "firewall/nftables.hpp"
#include "firewall/table.hpp"
#include "netns/link.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using ::testing::IsEmpty;

constexpr int kThreads = 8;

std::string name_of(int number) {
  return std::to_string(100'000 + number) + std::string(26, 'c');
}

class Load : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    forward();
  }

  /// What a task's start does to the network of its host.
  void attach(int number) {
    const OwnInterface own = dual_interface(number);
    const auto added = table.add(device_of(name_of(number), own));
    ASSERT_TRUE(added) << added.error();
    const auto made = create_network(pins, driver, name_of(number), own);
    ASSERT_TRUE(made) << made.error();
  }

  /// What its end does.
  void detach(int number) {
    const auto dropped = drop_network(pins, driver, name_of(number));
    ASSERT_TRUE(dropped) << dropped.error();
    const auto removed = table.remove(host_end_name(name_of(number)));
    ASSERT_TRUE(removed) << removed.error();
  }

  /// Calls `work` with every number from 0 to `count`, from several threads of this host.
  void at_once(int count, const std::function<void(int)>& work) {
    std::atomic<int> next = 0;
    std::vector<std::jthread> threads;
    for (int each = 0; each < kThreads; ++each) {
      threads.emplace_back([&] {
        for (int number = next++; number < count; number = next++) work(number);
      });
    }
  }

  /// Devices of the host besides loopback, once the kernel has removed what was dropped.
  std::vector<std::string> links_left() {
    auto host = NetlinkSocket::open();
    std::vector<std::string> names;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    do {
      names.clear();
      for (const Link& link : *list_links(*host)) {
        if (link.kind == "veth" || link.kind == "ifb") names.push_back(link.name);
      }
    } while (!names.empty() && std::chrono::steady_clock::now() < until);
    return names;
  }

  std::string elements_left() {
    const auto listing = firewall::run_nftables("list set inet berth ports");
    EXPECT_TRUE(listing) << listing.error();
    return listing->find("elements") == std::string::npos ? "" : *listing;
  }

  static std::size_t open_descriptors() {
    std::size_t count = 0;
    DIR* folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count;
  }

  firewall::Table table{{.table = "berth"}};
};

TEST_F(Load, TwoHundredAtOnceReachTheHostAndEachOther) {
  constexpr int kCount = 200;
  at_once(kCount, [this](int number) { attach(number + 2); });
  const UniqueFd server = listen_here();
  UniqueFd peer;
  inside(*pins.open(name_of(2)), [&] { peer = listen_here(); });

  for (int number = 1; number < kCount; ++number) {
    const auto task = pins.open(name_of(number + 2));
    ASSERT_TRUE(task) << task.error();
    inside(*task, [&] {
      EXPECT_TRUE(connects_to("10.213.1.1")) << number;
      EXPECT_TRUE(connects_to("10.213.1.2")) << number;
      EXPECT_TRUE(connects_to("fd00:213::2")) << number;
    });
    accept_from(server);
    accept_from(peer);
    accept_from(peer);
  }
  peer = UniqueFd();
  at_once(kCount, [this](int number) { detach(number + 2); });
  EXPECT_THAT(links_left(), IsEmpty());
  EXPECT_EQ(elements_left(), "");
}

TEST_F(Load, AThousandCyclesLeaveNothing) {
  constexpr int kCycles = 1000, kAddresses = 200;
  attach(2);
  detach(2);
  const std::size_t descriptors = open_descriptors();

  for (int round = 0; round < kCycles / kAddresses; ++round) {
    at_once(kAddresses, [this](int number) {
      attach(number + 2);
      detach(number + 2);
    });
  }

  EXPECT_THAT(*pins.list(), IsEmpty());
  EXPECT_THAT(links_left(), IsEmpty());
  EXPECT_EQ(elements_left(), "");
  EXPECT_EQ(open_descriptors(), descriptors);
}

}  // namespace
}  // namespace berth::netns
