// arrivals_test.cpp - NICs that come to a host, by real devices of its kernel.
#include "agent/attachments/arrivals.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/rtnetlink.h>

#include <memory>

#include "tests/fakes/loop.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using attachments::Arrivals;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

const MacAddress kNic = *parse_mac("02:00:00:00:00:01");
const MacAddress kOtherNic = *parse_mac("02:00:00:00:00:02");

class ArrivalsTest : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    offload = std::make_unique<Offload>(1);
    arrivals = std::make_unique<Arrivals>(*offload, loop.io.get_executor());
  }
  void TearDown() override { loop.stop(); }

  /// A veth stands for a NIC; its other end is the cable.
  void plug_in(const MacAddress& mac, const std::string& name = "nic0") {
    const UniqueFd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    VethPair pair;
    pair.name = name;
    pair.mac = mac;
    pair.peer_name = name + "x";
    pair.peer_mac = derived_mac(0x06, name);
    pair.peer_netns = here.get();
    const auto made = open_netlink().value()->change(veth_request(pair));
    ASSERT_TRUE(made) << made.error();
  }
  void change(const LinkChange& change) {
    const auto changed = open_netlink().value()->change(link_change_request(change));
    ASSERT_TRUE(changed) << changed.error();
  }
  void listen() {
    loop.nursery.start("listen", arrivals->run());
    go_on();
  }
  void begin_to_wait() {
    loop.nursery.start("wait", keep(this));
    // Until it has looked once, on its thread.
    const auto there = loop.run(arrivals->is_there(kNic));
    ASSERT_TRUE(there) << there.error();
    go_on();
  }
  static Async<> keep(ArrivalsTest* self) {
    Result<> came = co_await self->arrivals->await(kNic);
    self->outcome = came;
    co_return came;
  }
  /// Runs the loop until the wait is over, which takes a notice of the kernel.
  ::testing::AssertionResult comes() {
    const Deadline by = Deadline::after(std::chrono::seconds(5));
    while (!outcome && !by.has_passed()) {
      loop.io.restart();
      loop.io.run_one_for(std::chrono::milliseconds(100));
    }
    if (outcome && *outcome) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << (outcome ? outcome->error().message : "nothing came");
  }
  void go_on() {
    loop.io.restart();
    loop.io.poll();
  }

  berth::testing::Loop loop;
  std::unique_ptr<Offload> offload;
  std::unique_ptr<Arrivals> arrivals;
  std::optional<Result<>> outcome;
};

TEST_F(ArrivalsTest, AreOverAtOnceForANicThatIsThere) {
  plug_in(kNic);

  begin_to_wait();

  EXPECT_TRUE(comes());
}

TEST_F(ArrivalsTest, HearOfANicThatIsPluggedIn) {
  listen();
  begin_to_wait();
  plug_in(kOtherNic, "other");
  go_on();
  EXPECT_FALSE(outcome);

  plug_in(kNic);

  EXPECT_TRUE(comes());
}

TEST_F(ArrivalsTest, HearOfANicThatGetsItsAddressLater) {
  listen();
  begin_to_wait();
  plug_in(kOtherNic);

  change({.name = "nic0", .mac = kNic});

  EXPECT_TRUE(comes());
}

TEST_F(ArrivalsTest, HearOfANicThatComesFromAnotherNamespace) {
  auto elsewhere = pins.create("elsewhere");
  ASSERT_TRUE(elsewhere) << elsewhere.error();
  listen();
  begin_to_wait();
  const UniqueFd host(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  inside(*elsewhere, [&] { plug_in(kNic); });
  go_on();
  EXPECT_FALSE(outcome);

  const ifinfomsg any{};
  Request move(RTM_NEWLINK, 0, any, "move nic0");
  move.text(IFLA_IFNAME, "nic0").number32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(host.get()));
  const auto moved = elsewhere->netlink->change({move});

  ASSERT_TRUE(moved) << moved.error();
  EXPECT_TRUE(comes());
}

TEST_F(ArrivalsTest, LookAgainWhereTheKernelHadMoreToTellThanItKept) {
  listen();
  begin_to_wait();
  auto beside = LinkNotices::open();  // hears, and loses, the same
  ASSERT_TRUE(beside) << beside.error();
  for (int i = 0; i < 200; ++i) plug_in(kOtherNic, "n" + std::to_string(i));

  plug_in(kNic);
  const auto heard = beside->read();

  ASSERT_TRUE(heard) << heard.error();
  EXPECT_TRUE(heard->missed_some);
  EXPECT_THAT(heard->appeared, Not(Contains(kNic)));
  EXPECT_TRUE(comes());
}

TEST_F(ArrivalsTest, FindTheNicAndNotWhatStandsOnIt) {
  plug_in(kNic);
  const auto bridge = [] {
    const ifinfomsg any{};
    Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, any, "make br0");
    request.text(IFLA_IFNAME, "br0").bytes(IFLA_ADDRESS, kOtherNic.octets.data(), 6);
    request.open(IFLA_LINKINFO).text(IFLA_INFO_KIND, "bridge").close();
    return request;
  };
  ASSERT_TRUE(open_netlink().value()->change({bridge()}));

  const auto nic = loop.run(arrivals->is_there(kNic));
  const auto stacked = loop.run(arrivals->is_there(kOtherNic));

  EXPECT_TRUE(nic && *nic);
  EXPECT_TRUE(stacked && !*stacked);
}

TEST_F(ArrivalsTest, AreNotToldThatADeviceIsGoneWhenItOnlyLeavesABridge) {
  plug_in(kNic);
  auto host = open_netlink().value();
  const ifinfomsg any{};
  Request bridge(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, any, "make br0");
  bridge.text(IFLA_IFNAME, "br0");
  bridge.open(IFLA_LINKINFO).text(IFLA_INFO_KIND, "bridge").close();
  ASSERT_TRUE(host->change({bridge}));
  const auto set_master = [&](std::uint32_t master) {
    Request request(RTM_NEWLINK, 0, any, "nic0 into br0");
    request.text(IFLA_IFNAME, "nic0").number32(IFLA_MASTER, master);
    const auto set = host->change({request});
    ASSERT_TRUE(set) << set.error();
  };
  set_master(find_link(*host, "br0")->index);
  auto notices = LinkNotices::open();
  ASSERT_TRUE(notices) << notices.error();

  set_master(0);
  const auto left = notices->read();
  ASSERT_TRUE(delete_link(*host, "nic0"));
  const auto deleted = notices->read();

  ASSERT_TRUE(left && deleted);
  EXPECT_THAT(left->gone, IsEmpty());
  EXPECT_THAT(left->appeared, Contains(kNic));
  EXPECT_THAT(deleted->gone, Contains("nic0"));
}

}  // namespace
}  // namespace berth::netns
