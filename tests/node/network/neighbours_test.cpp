// neighbours_test.cpp - tasks beside others' rules that drop, by iptables itself and real packets.
#include "firewall/neighbours.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "firewall/nftables.hpp"
#include "firewall/table.hpp"
#include "netns/link.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using firewall::Opening;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Opening kDocker4{"ip", "filter", "DOCKER-USER"};
const Opening kDocker6{"ip6", "filter", "DOCKER-USER"};

void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 512> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

/// A task 10.213.1.2, fd00:213::2, and another machine that listens at 198.51.100.2, 2001:db8:1::2.
class Neighbours : public HostTest {
 protected:
  void SetUp() override {
    if (std::system("iptables-nft --version > /dev/null 2>&1") != 0) {
      GTEST_SKIP() << "no iptables-nft";
    }
    HostTest::SetUp();
    forward();
    const std::string name = std::string(32, 'a');
    const OwnInterface own = dual_interface(2);
    ASSERT_TRUE(table.add(device_of(name, own)));
    ASSERT_TRUE(create_network(pins, driver, name, own));
    task = std::move(*pins.open(name));
    auto host = NetlinkSocket::open();
    await_running(*host, device_of(name, own).name);
    outside = machine(pins, "outside");
    inside(outside, [this] { far = listen_here(); });
  }

  /// The chains that Docker 27 has, as far as they matter here.
  void lay_out_docker() {
    for (const std::string iptables : {"iptables-nft ", "ip6tables-nft "}) {
      run(iptables + "-N DOCKER-USER");
      run(iptables + "-N DOCKER");
      run(iptables + "-A FORWARD -j DOCKER-USER");
      run(iptables + "-A FORWARD -o docker0 -j DOCKER");
      run(iptables + "-A DOCKER-USER -j RETURN");
      run(iptables + "-P FORWARD DROP");
    }
  }

  void expect_blocked() {
    inside(task, [] {
      EXPECT_TRUE(is_shut_out_from("198.51.100.2"));
      EXPECT_TRUE(is_shut_out_from("2001:db8:1::2"));
    });
  }
  void expect_open() {
    inside(task, [] {
      EXPECT_TRUE(connects_to("198.51.100.2"));
      EXPECT_TRUE(connects_to("2001:db8:1::2"));
    });
  }

  firewall::Table table{{.table = "berth"}};
  Namespace task;
  Namespace outside;
  UniqueFd far;
};

TEST_F(Neighbours, DockersChainForOthersRulesLetsTasksThrough) {
  expect_open();
  lay_out_docker();
  expect_blocked();
  const auto found = firewall::look_around("berth");
  ASSERT_TRUE(found) << found.error();
  ASSERT_THAT(found->openings, ElementsAre(kDocker4, kDocker6));
  EXPECT_THAT(found->drops, IsEmpty());

  for (const Opening& opening : found->openings) {
    const auto opened = firewall::open_way(opening, "berth");
    ASSERT_TRUE(opened) << opened.error();
    EXPECT_TRUE(*opened);
  }

  expect_open();
  EXPECT_THAT(output_of("iptables-nft -S DOCKER-USER"),
              HasSubstr("-A DOCKER-USER -i be+ -m comment --comment \"berth:berth\" -j ACCEPT\n"
                        "-A DOCKER-USER -o be+ -m comment --comment \"berth:berth\" -j ACCEPT\n"
                        "-A DOCKER-USER -j RETURN\n"));

  for (const Opening& opening : found->openings) {
    ASSERT_TRUE(firewall::close_way(opening, "berth"));
  }
  expect_blocked();
  EXPECT_EQ(output_of("iptables-nft -S DOCKER-USER"), "-N DOCKER-USER\n-A DOCKER-USER -j RETURN\n");
}

TEST_F(Neighbours, RulesAreThereOnceAndComeAgain) {
  lay_out_docker();
  ASSERT_TRUE(*firewall::open_way(kDocker4, "berth"));
  const std::string rules = output_of("iptables-nft -S DOCKER-USER");

  EXPECT_FALSE(*firewall::open_way(kDocker4, "berth"));
  EXPECT_EQ(output_of("iptables-nft -S DOCKER-USER"), rules);
  run("iptables-nft -D DOCKER-USER -i be+ -m comment --comment berth:berth -j ACCEPT");
  EXPECT_TRUE(*firewall::open_way(kDocker4, "berth"));
  EXPECT_EQ(output_of("iptables-nft -S DOCKER-USER"), rules);
  EXPECT_THAT(*firewall::opened_ways("berth"), ElementsAre(kDocker4));
  run("iptables-nft -F DOCKER-USER");
  EXPECT_THAT(*firewall::opened_ways("berth"), IsEmpty());
  EXPECT_TRUE(*firewall::open_way(kDocker4, "berth"));
  EXPECT_THAT(output_of("iptables-nft -S DOCKER-USER"), HasSubstr("-i be+"));
}

TEST_F(Neighbours, RulesOfTheHostsOwnPeopleComeFirstAndStay) {
  lay_out_docker();
  run("iptables-nft -I DOCKER-USER -d 198.51.100.2 -j DROP");
  ASSERT_TRUE(*firewall::open_way(kDocker4, "berth"));
  ASSERT_TRUE(*firewall::open_way(kDocker4, "other"));

  inside(task, [] { EXPECT_TRUE(is_shut_out_from("198.51.100.2")); });
  ASSERT_TRUE(firewall::close_way(kDocker4, "berth"));
  const std::string left = output_of("iptables-nft -S DOCKER-USER");
  EXPECT_THAT(left, HasSubstr("-d 198.51.100.2/32 -j DROP"));
  EXPECT_THAT(left, HasSubstr("berth:other"));
  EXPECT_THAT(left, Not(HasSubstr("berth:berth")));
}

TEST_F(Neighbours, WhatIsGoneNeedsNoClosing) {
  const auto closed = firewall::close_way(kDocker4, "berth");
  EXPECT_TRUE(closed) << closed.error();
  const auto opened = firewall::open_way(kDocker4, "berth");
  EXPECT_TRUE(opened.failed_with(Errc::NotFound)) << opened.error();
}

TEST_F(Neighbours, UfwLetsTasksThroughAndAskTheAgent) {
  run("iptables-nft -N ufw-user-input");
  run("iptables-nft -N ufw-user-forward");
  run("iptables-nft -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT");
  run("iptables-nft -A INPUT -j ufw-user-input");
  run("iptables-nft -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT");
  run("iptables-nft -A FORWARD -j ufw-user-forward");
  run("iptables-nft -P INPUT DROP && iptables-nft -P FORWARD DROP");
  run("ip address add 169.254.170.2/32 dev lo");
  const UniqueFd agent = listen_here(firewall::kEndpointPort);
  inside(task, [] {
    EXPECT_TRUE(is_shut_out_from("198.51.100.2"));
    EXPECT_TRUE(is_shut_out_from("169.254.170.2", 80));
  });

  const auto found = firewall::look_around("berth");
  ASSERT_TRUE(found) << found.error();
  for (const Opening& opening : found->openings) {
    ASSERT_TRUE(firewall::open_way(opening, "berth"));
  }

  inside(task, [] {
    EXPECT_TRUE(connects_to("198.51.100.2"));
    EXPECT_TRUE(connects_to("169.254.170.2", 80));
    EXPECT_TRUE(is_shut_out_from("10.213.1.1", 8080));  // and no more of the host
  });
}

TEST_F(Neighbours, AChainThatLetsTasksThroughByItselfIsNoDoubt) {
  run("iptables-nft -P FORWARD DROP");
  EXPECT_THAT(firewall::look_around("berth")->drops, ElementsAre("ip filter FORWARD"));
  run("iptables-nft -A FORWARD -i be+ -j ACCEPT");
  EXPECT_THAT(firewall::look_around("berth")->drops, ElementsAre("ip filter FORWARD"));
  run("iptables-nft -A FORWARD -o be+ -j ACCEPT");
  EXPECT_THAT(firewall::look_around("berth")->drops, IsEmpty());
}

}  // namespace
}  // namespace berth::netns
