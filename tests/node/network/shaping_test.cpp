// shaping_test.cpp - what a task sends and receives, held to a rate by the kernel.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <thread>

#include "firewall/table.hpp"
#include "netns/address.hpp"
#include "netns/shaping.hpp"
#include "netns/traffic.hpp"
#include "tests/node/network/broken_netlink.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kLimited(32, 'a');
const std::string kPeer(32, 'b');
constexpr std::uint64_t kIngress = 30'000'000;
constexpr std::uint64_t kEgress = 20'000'000;

/// Task 10.213.1.2 with limits and its unlimited peer 10.213.1.3, both behind the firewall.
class Shaped : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    forward();
    auto opened = NetlinkSocket::open();
    host = std::make_unique<NetlinkSocket>(std::move(*opened));
  }

  static OwnInterface limited() {
    OwnInterface own = interface(2);
    own.bandwidth = {kIngress, kEgress};
    return own;
  }

  Namespace start(const std::string& name, const OwnInterface& own,
                  const std::vector<firewall::Group>& groups = {}) {
    firewall::Device device = device_of(name, own);
    if (!groups.empty()) device.groups = {groups.front().id};
    const auto added = table.add(device, groups);
    EXPECT_TRUE(added) << added.error();
    const auto made = create_network(pins, driver, name, own);
    EXPECT_TRUE(made) << made.error();
    auto space = pins.open(name);
    await_running(*host, host_end_name(name));
    return std::move(*space);
  }

  std::vector<std::string> links_of_kind(const std::string& kind) {
    std::vector<std::string> names;
    const auto links = list_links(*host);
    for (const Link& link : *links) {
      if (link.kind == kind) names.push_back(link.name);
    }
    return names;
  }

  /// How many filters there are on what the device receives; the kernel lists u32's own table, too.
  std::size_t count_filters(const std::string& name) {
    tcmsg which{};
    which.tcm_ifindex = static_cast<int>(find_link(*host, name)->index);
    which.tcm_parent = TC_H_MAKE(TC_H_INGRESS, 0U);
    const auto answers = host->ask(Request(RTM_GETTFILTER, NLM_F_DUMP, which, "list filters"));
    EXPECT_TRUE(answers) << answers.error();
    std::size_t count = 0;
    for (const Message& answer : *answers) {
      if ((header_of<tcmsg>(answer)->tcm_handle & 0xfff) != 0) ++count;
    }
    return count;
  }

  std::unique_ptr<NetlinkSocket> host;
  firewall::Table table{{.table = "berth"}};
};

/// Sends to a listener of the other end until that closes.
void send_to(const char* address) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(8080);
  ::inet_pton(AF_INET, address, &where.sin_addr);
  ASSERT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
  const std::string data(65'536, 'x');
  while (::send(socket.get(), data.data(), data.size(), MSG_NOSIGNAL) > 0) {
  }
}

/// Receives that many bytes, or fewer when nothing comes for 5 s.
std::size_t receive(const UniqueFd& socket, std::size_t wanted) {
  std::string buffer(65'536, '\0');
  std::size_t got = 0;
  while (got < wanted) {
    const ssize_t size = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    got += static_cast<std::size_t>(size);
  }
  return got;
}

/// Bits per second at which TCP comes from one namespace to an address of the other, seen over two
/// seconds when the start is over, with its burst and slow start. Counted by the kernel where it
/// arrives: a busy machine reads late.
double rate_between(const Namespace& from, const Namespace& to, const char* address,
                    std::uint64_t limit, const std::function<std::uint64_t()>& arrived) {
  UniqueFd listener;
  inside(to, [&] { listener = listen_here(); });
  std::thread sender([&] { inside(from, [&] { send_to(address); }); });
  const timeval patience{5, 0};
  ::setsockopt(listener.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  double rate = 0;
  {
    const UniqueFd connection(::accept(listener.get(), nullptr, nullptr));
    ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const std::size_t a_second = limit / 8;
    receive(connection, a_second / 2);
    const auto begin = std::chrono::steady_clock::now();
    const std::uint64_t before = arrived();
    receive(connection, 2 * a_second);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    rate = static_cast<double>(arrived() - before) * 8 / took.count();
  }
  sender.join();
  return rate;
}

TEST_F(Shaped, EachDirectionHasItsOwnRate) {
  const Namespace task = start(kLimited, limited());
  const Namespace peer = start(kPeer, interface(3));

  const auto arrived_at = [this](const std::string& name) {
    return [this, name] { return traffic_of(*host, host_end_name(name))->received.bytes; };
  };

  const double sent = rate_between(task, peer, "10.213.1.3", kEgress, arrived_at(kPeer));
  const double received = rate_between(peer, task, "10.213.1.2", kIngress, arrived_at(kLimited));

  RecordProperty("egress_bits_per_second", std::to_string(sent));
  RecordProperty("ingress_bits_per_second", std::to_string(received));
  EXPECT_NEAR(sent, kEgress, kEgress * 0.1);
  EXPECT_NEAR(received, kIngress, kIngress * 0.1);
}

TEST_F(Shaped, WhatIsLimitedIsStillFiltered) {
  const firewall::Group closed{
      .id = "sg-closed",
      .egress = {{.protocol = "tcp", .from_port = 8080, .to_port = 8080, .cidrs = {"0.0.0.0/0"}}}};
  const Namespace task = start(kLimited, limited(), {closed});
  const Namespace peer = start(kPeer, interface(3));
  UniqueFd allowed, other_port;
  inside(peer, [&] {
    allowed = listen_here(8080);
    other_port = listen_here(8081);
  });

  inside(task, [] {
    EXPECT_TRUE(connects_to("10.213.1.3", 8080));
    EXPECT_TRUE(is_shut_out_from("10.213.1.3", 8081));
  });
  ASSERT_TRUE(task.netlink->change(
      link_change_request({.name = "eth0", .mac = *parse_mac("0a:00:00:00:00:77")})));
  inside(task, [] { EXPECT_TRUE(is_shut_out_from("10.213.1.3", 8080)); });
}

TEST_F(Shaped, ALimitOfOneDirectionNeedsNoMore) {
  OwnInterface own = interface(2);
  own.bandwidth.ingress = kIngress;

  start(kLimited, own);

  EXPECT_THAT(links_of_kind("ifb"), IsEmpty());
  EXPECT_THAT(*driver.shaped(), IsEmpty());
}

TEST_F(Shaped, AttachingAgainChangesNothing) {
  const Namespace task = start(kLimited, limited());
  const auto before = find_link(*host, ifb_name(kLimited));

  const auto again = create_network(pins, driver, kLimited, limited());

  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(find_link(*host, ifb_name(kLimited))->index, before->index);
  EXPECT_EQ(count_filters(host_end_name(kLimited)), 1U);
  EXPECT_THAT(*driver.shaped(), ElementsAre(kLimited));
}

TEST_F(Shaped, AttachingAgainMakesALostIfbAnew) {
  const Namespace task = start(kLimited, limited());
  const UniqueFd listener = listen_here();
  ASSERT_TRUE(delete_link(*host, ifb_name(kLimited)));
  inside(task, [] { ASSERT_TRUE(is_shut_out_from("10.213.1.1")); });

  const auto again = create_network(pins, driver, kLimited, limited());

  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(count_filters(host_end_name(kLimited)), 1U);
  inside(task, [] { EXPECT_TRUE(connects_to("10.213.1.1")); });
}

TEST_F(Shaped, AttachingCompletesWhicheverCallFailedBefore) {
  for (const Strikes when : {Strikes::Before, Strikes::After}) {
    for (int nth = 1;; ++nth) {
      testing::FailPlan plan;
      plan.fail_call(nth, Error{Errc::TimedOut, 0, "planned"});
      const VethDriver broken("berth", [&]() -> Result<std::unique_ptr<Netlink>> {
        BERTH_TRY(std::unique_ptr<Netlink> real, open_netlink());
        return std::unique_ptr<Netlink>(
            std::make_unique<BrokenNetlink>(std::move(real), plan, when));
      });
      const auto failed = create_network(pins, broken, kLimited, limited());
      if (plan.calls() < nth) break;  // there are no more calls to fail
      ASSERT_TRUE(failed.failed_with(Errc::TimedOut)) << "failing call " << nth;

      const auto made = create_network(pins, driver, kLimited, limited());

      ASSERT_TRUE(made) << made.error() << " after failing call " << nth;
      EXPECT_EQ(count_filters(host_end_name(kLimited)), 1U);
      EXPECT_THAT(*driver.shaped(), ElementsAre(kLimited));
      ASSERT_TRUE(remove_network(pins, driver, kLimited));
      EXPECT_THAT(*driver.shaped(), IsEmpty());
    }
  }
}

TEST_F(Shaped, NothingIsLeftOfItHoweverItGoes) {
  for (const bool is_dropped : {true, false}) {
    {
      const Namespace task = start(kLimited, limited());
      ASSERT_THAT(links_of_kind("ifb"), ElementsAre(ifb_name(kLimited)));
    }

    const auto gone =
        is_dropped ? drop_network(pins, driver, kLimited) : remove_network(pins, driver, kLimited);

    ASSERT_TRUE(gone) << gone.error();
    EXPECT_THAT(links_of_kind("ifb"), IsEmpty());
    EXPECT_TRUE(drop_network(pins, driver, kLimited));
    ASSERT_TRUE(table.remove(host_end_name(kLimited)));
  }
  EXPECT_THAT(links_of_kind("veth"), IsEmpty());
}

TEST_F(Shaped, AnIfbOfAnotherIsLeftAlone) {
  ASSERT_TRUE(
      host->change({ifb_request(ifb_name(kLimited)),
                    link_change_request({.name = ifb_name(kLimited), .alias = "somebody's"})}));

  const auto refused = create_network(pins, driver, kLimited, limited());

  EXPECT_TRUE(refused.failed_with(Errc::Exists));
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("somebody's"));
  ASSERT_TRUE(remove_network(pins, driver, kLimited));
  EXPECT_THAT(links_of_kind("ifb"), ElementsAre(ifb_name(kLimited)));
}

TEST_F(Shaped, ARateOutOfBoundsIsRefused) {
  for (const std::uint64_t rate : {kLeastBandwidth - 1, kMostBandwidth + 1}) {
    OwnInterface own = interface(2);
    own.bandwidth.egress = rate;

    const auto refused = create_network(pins, driver, kLimited, own);

    EXPECT_TRUE(refused.failed_with(Errc::Invalid));
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr(std::to_string(rate)));
  }
}

}  // namespace
}  // namespace berth::netns
