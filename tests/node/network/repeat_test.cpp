// repeat_test.cpp - networks made again, half made, or in each other's way.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <unistd.h>

#include "netns/address.hpp"
#include "netns/link.hpp"
#include "tests/node/network/broken_netlink.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::string kName(32, 'a');

class Repeated : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    auto opened = NetlinkSocket::open();
    host = std::make_unique<NetlinkSocket>(std::move(*opened));
  }

  /// A veth as attach() makes it, to its first message only.
  void make_veth(const Namespace& into, const std::string& name, const std::string& peer_name) {
    VethPair pair;
    pair.name = name;
    pair.mac = derived_mac(0xfe, name);
    pair.peer_name = peer_name;
    pair.peer_mac = interface(2).mac;
    pair.peer_netns = into.fd.get();
    const auto made = host->change(veth_request(pair));
    ASSERT_TRUE(made) << made.error();
  }

  /// Everything an interface(2) should have, looked up in the kernel.
  void expect_whole() {
    const auto task = pins.open(kName);
    ASSERT_TRUE(task) << task.error();
    const auto inner = find_link(*task->netlink, "eth0");
    ASSERT_TRUE(inner) << inner.error();
    const auto outer = find_link(*host, host_end_name(kName));
    ASSERT_TRUE(outer) << outer.error();
    EXPECT_EQ(inner->peer_link, outer->index);
    EXPECT_EQ(outer->alias, "berth--" + kName);
    EXPECT_TRUE(inner->is_up && outer->is_up);
    EXPECT_EQ(inner->mac, interface(2).mac);
    EXPECT_THAT(*list_addresses(*task->netlink, inner->index),
                ::testing::Contains(IpInterface{interface(2).ipv4->address, 32}));
    await_running(*host, outer->name);
    UniqueFd listener;
    inside(*task, [&] { listener = listen_here(); });
    EXPECT_TRUE(connects_to("10.213.1.2"));
  }

  std::unique_ptr<NetlinkSocket> host;
};

TEST_F(Repeated, CreatingChangesNothing) {
  ASSERT_TRUE(create_network(pins, driver, kName, interface(2)));
  const auto before = find_link(*host, host_end_name(kName));

  const auto again = create_network(pins, driver, kName, interface(2));

  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(find_link(*host, host_end_name(kName))->index, before->index);
  expect_whole();
}

TEST_F(Repeated, RemovingIsASuccess) {
  ASSERT_TRUE(create_network(pins, driver, kName, interface(2)));

  for (int time = 0; time < 2; ++time) {
    const auto dropped = drop_network(pins, driver, kName);
    const auto removed = remove_network(pins, driver, kName);
    EXPECT_TRUE(dropped) << dropped.error();
    EXPECT_TRUE(removed) << removed.error();
  }

  EXPECT_THAT(*pins.list(), IsEmpty());
  EXPECT_THAT(*driver.attached(), IsEmpty());
}

TEST_F(Repeated, CreatingRightAfterDroppingMakesItAnew) {
  for (int time = 0; time < 5; ++time) {
    const auto made = create_network(pins, driver, kName, interface(2));
    ASSERT_TRUE(made) << made.error();
    expect_whole();
    ASSERT_TRUE(drop_network(pins, driver, kName));
  }
}

TEST_F(Repeated, CreatingCompletesAPinWithoutNamespace) {
  UniqueFd(::open(pins.path_of(kName).c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0444));
  ASSERT_TRUE(pins.open(kName).failed_with(Errc::NotFound));

  const auto made = create_network(pins, driver, kName, interface(2));

  ASSERT_TRUE(made) << made.error();
  expect_whole();
}

TEST_F(Repeated, CreatingCompletesAnEmptyNamespace) {
  ASSERT_TRUE(pins.create(kName));

  const auto made = create_network(pins, driver, kName, interface(2));

  ASSERT_TRUE(made) << made.error();
  expect_whole();
}

TEST_F(Repeated, CreatingCompletesAPairWithoutAddress) {
  const auto task = pins.create(kName);
  make_veth(*task, host_end_name(kName), "eth0");

  const auto made = create_network(pins, driver, kName, interface(2));

  ASSERT_TRUE(made) << made.error();
  expect_whole();
}

TEST_F(Repeated, CreatingReplacesAnEndWhosePairIsElsewhere) {
  const auto other = pins.create("other");
  make_veth(*other, host_end_name(kName), "eth0");

  const auto made = create_network(pins, driver, kName, interface(2));

  ASSERT_TRUE(made) << made.error();
  expect_whole();
}

TEST_F(Repeated, CreatingReplacesAnInterfaceOfAnotherPair) {
  const auto task = pins.create(kName);
  make_veth(*task, "stranger", "eth0");

  const auto made = create_network(pins, driver, kName, interface(2));

  ASSERT_TRUE(made) << made.error();
  expect_whole();
}

/// What one attach() does when its `nth` call to the kernel fails.
struct Attempt {
  Result<> outcome;
  int calls = 0;
};

Attempt attach_failing(const Pins& pins, int nth, Strikes when) {
  testing::FailPlan plan;
  plan.fail_call(nth, Error{Errc::TimedOut, 0, "planned"});
  const auto open_broken = [&]() -> Result<std::unique_ptr<Netlink>> {
    BERTH_TRY(std::unique_ptr<Netlink> real, open_netlink());
    return std::unique_ptr<Netlink>(std::make_unique<BrokenNetlink>(std::move(real), plan, when));
  };
  const VethDriver broken("berth", open_broken);
  auto task = pins.create(kName);
  EXPECT_TRUE(task) << task.error();
  task->netlink = std::make_unique<BrokenNetlink>(std::move(task->netlink), plan, when);
  Attempt attempt;
  attempt.outcome = broken.attach(kName, interface(2), *task);
  attempt.calls = plan.calls();
  return attempt;
}

TEST_F(Repeated, CreatingCompletesWhicheverCallFailedBefore) {
  for (const Strikes when : {Strikes::Before, Strikes::After}) {
    for (int nth = 1;; ++nth) {
      const Attempt attempt = attach_failing(pins, nth, when);
      if (attempt.calls < nth) break;  // there are no more calls to fail
      ASSERT_TRUE(attempt.outcome.failed_with(Errc::TimedOut)) << "failing call " << nth;

      const auto made = create_network(pins, driver, kName, interface(2));

      ASSERT_TRUE(made) << made.error() << " after failing call " << nth;
      expect_whole();
      ASSERT_TRUE(remove_network(pins, driver, kName));
    }
  }
}

TEST_F(Repeated, CreatingRefusesTheDeviceNameOfAnother) {
  const std::string twin = kName.substr(0, 31) + "f";
  ASSERT_EQ(host_end_name(twin), host_end_name(kName));
  ASSERT_TRUE(create_network(pins, driver, kName, interface(2)));

  const auto refused = create_network(pins, driver, twin, interface(3));

  EXPECT_TRUE(refused.failed_with(Errc::Exists));
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("berth--" + kName));
  ASSERT_TRUE(remove_network(pins, driver, twin));
  expect_whole();
}

TEST_F(Repeated, ListingLeavesTheOwnersOfSimilarNamesAlone) {
  const Pins lab_pins("/run/netns", "berth-lab");
  const VethDriver lab("berth-lab");
  ASSERT_TRUE(create_network(pins, driver, kName, interface(2)));
  ASSERT_TRUE(create_network(lab_pins, lab, "bbbbbbbbbbbb2", interface(3)));

  EXPECT_THAT(*pins.list(), ElementsAre(kName));
  EXPECT_THAT(*driver.attached(), ElementsAre(kName));
  EXPECT_THAT(*lab_pins.list(), ElementsAre("bbbbbbbbbbbb2"));
  EXPECT_THAT(*lab.attached(), ElementsAre("bbbbbbbbbbbb2"));
}

TEST_F(Repeated, MakingTheDirectoryKeepsItsPins) {
  ASSERT_TRUE(create_network(pins, driver, kName, interface(2)));

  ASSERT_TRUE(pins.make_directory());

  EXPECT_TRUE(pins.open(kName));
}

TEST_F(Repeated, TheDirectoryGoesWithTheLastPin) {
  const Pins lab_pins("/run/netns", "berth-lab");
  ASSERT_TRUE(pins.create(kName));
  ASSERT_TRUE(lab_pins.create(kName));

  ASSERT_TRUE(pins.remove(kName));
  ASSERT_TRUE(pins.remove_empty_directory());
  EXPECT_TRUE(lab_pins.open(kName));
  ASSERT_TRUE(lab_pins.remove(kName));
  ASSERT_TRUE(pins.remove_empty_directory());

  EXPECT_NE(::access("/run/netns", F_OK), 0);
  EXPECT_TRUE(pins.remove_empty_directory());
}

TEST_F(Repeated, NamesThatCannotBeFilesAreRefused) {
  for (const std::string name : {"", "a/b", ".", ".."}) {
    EXPECT_TRUE(pins.create(name).failed_with(Errc::Invalid)) << name;
    EXPECT_TRUE(pins.remove(name).failed_with(Errc::Invalid)) << name;
  }
}

TEST_F(Repeated, InterfacesThatCannotBeAreRefusedByField) {
  OwnInterface no_name = interface(2);
  no_name.name = "";
  OwnInterface own_gateway = interface(2);
  own_gateway.ipv4_gateway = own_gateway.ipv4->address;
  OwnInterface no_gateway = interface(2);
  no_gateway.ipv4_gateway.reset();
  OwnInterface v6 = interface(2);
  v6.ipv4 = *parse_ip_interface("fd00::2/64");
  OwnInterface nothing = interface(2);
  nothing.ipv4.reset();

  for (const OwnInterface& wrong : {no_name, own_gateway, no_gateway, v6, nothing}) {
    EXPECT_TRUE(create_network(pins, driver, kName, wrong).failed_with(Errc::Invalid));
  }
}

}  // namespace
}  // namespace berth::netns
