// proxy_test.cpp - what of a task's TCP its own proxy gets, by real connections.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "firewall/nftables.hpp"
#include "firewall/redirection.hpp"
#include "firewall/table.hpp"
#include "netns/address.hpp"
#include "netns/link.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

constexpr std::uint16_t kApp = 8080;
constexpr std::uint16_t kIngress = 15000;
constexpr std::uint16_t kEgress = 15001;
constexpr std::uint16_t kIgnoredPort = 8022;
constexpr unsigned kProxyUser = 1337;
constexpr unsigned kProxyGroup = 1338;
constexpr unsigned kSomebody = 1000;

/// A task 10.213.1.2, fd00:213::2 with a proxy, and another machine at 198.51.100.2, 2001:db8:1::2
/// that knows the way to it.
class ProxiedTask : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    forward();
    const std::string name = std::string(32, 'a');
    const OwnInterface own = dual_interface(2);
    ASSERT_TRUE(table.add(device_of(name, own)));
    ASSERT_TRUE(create_network(pins, driver, name, own));
    task = std::move(*pins.open(name));
    outside = machine(pins, "outside");
    const std::uint32_t link = find_link(*outside.netlink, "eth0")->index;
    const auto led =
        outside.netlink->change({route_request({.to = *parse_ip_interface("10.213.1.0/24"),
                                                .via = *parse_ip("198.51.100.1"),
                                                .link = link}),
                                 route_request({.to = *parse_ip_interface("fd00:213::/64"),
                                                .via = *parse_ip("2001:db8:1::1"),
                                                .link = link})});
    ASSERT_TRUE(led) << led.error();
    app = listen_in(task, kApp);
    ingress = listen_in(task, kIngress);
    egress = listen_in(task, kEgress);
    far = listen_in(outside, kApp);
    redirect(redirection);
  }

  void redirect(const firewall::Redirection& to) {
    const auto done = run_inside(task.fd.get(), [&to] { return firewall::redirect(to); });
    ASSERT_TRUE(done) << done.error();
  }

  /// Connects from the task as that user and group: of this thread alone, which ends then.
  void connect_as(unsigned user, unsigned group, const std::string& address,
                  std::uint16_t port = kApp) {
    inside(task, [&] {
      ASSERT_EQ(::syscall(SYS_setresgid, group, group, group), 0) << std::strerror(errno);
      ASSERT_EQ(::syscall(SYS_setresuid, user, user, user), 0) << std::strerror(errno);
      EXPECT_TRUE(connects_to(address, port));
    });
  }

  firewall::Redirection redirection{.ignored_uid = kProxyUser,
                                    .ignored_gid = kProxyGroup,
                                    .ingress_port = kIngress,
                                    .ports_in = {kApp},
                                    .egress_port = kEgress,
                                    .ignored_ports = {kIgnoredPort},
                                    .ignored_blocks = {"198.51.100.0/25", "2001:db8:1::/64"}};
  firewall::Table table{{.table = "berth"}};
  Namespace task;
  Namespace outside;
  UniqueFd app, ingress, egress, far;
};

TEST_F(ProxiedTask, GetsWhatComesFromOutsideForTheAppByItsProxy) {
  inside(outside, [] {
    EXPECT_TRUE(connects_to("10.213.1.2", kApp));
    EXPECT_TRUE(connects_to("fd00:213::2", kApp));
  });

  EXPECT_EQ(accept_from(ingress), "198.51.100.2");
  EXPECT_EQ(accept_from(ingress), "2001:db8:1::2");
}

TEST_F(ProxiedTask, GetsWhatComesFromItselfAndForOtherPortsDirectly) {
  const UniqueFd other = listen_in(task, 8081);

  connect_as(kSomebody, kSomebody, "10.213.1.2");
  EXPECT_EQ(accept_from(app), "10.213.1.2");
  connect_as(kSomebody, kSomebody, "127.0.0.1");
  EXPECT_EQ(accept_from(app), "127.0.0.1");
  inside(outside, [] { EXPECT_TRUE(connects_to("10.213.1.2", 8081)); });
  EXPECT_EQ(accept_from(other), "198.51.100.2");
}

TEST_F(ProxiedTask, SendsByItsProxyWhateverOthersThanTheProxySend) {
  redirection.ignored_blocks = {"203.0.113.0/24"};
  redirect(redirection);

  connect_as(kSomebody, kSomebody, "198.51.100.2");
  EXPECT_EQ(accept_from(egress), "10.213.1.2");
  connect_as(kSomebody, kSomebody, "2001:db8:1::2");
  EXPECT_EQ(accept_from(egress), "fd00:213::2");
  connect_as(0, 0, "198.51.100.2");
  EXPECT_EQ(accept_from(egress), "10.213.1.2");

  for (const auto& [user, group] : {std::pair{kProxyUser, kSomebody}, {kSomebody, kProxyGroup}}) {
    connect_as(user, group, "198.51.100.2");
    EXPECT_EQ(accept_from(far), "198.51.100.1") << user;
    connect_as(user, group, "2001:db8:1::2");
    EXPECT_EQ(accept_from(far), "2001:db8:1::1") << user;
  }
}

TEST_F(ProxiedTask, SendsToIgnoredPortsAndBlocksDirectly) {
  connect_as(kSomebody, kSomebody, "198.51.100.2");
  EXPECT_EQ(accept_from(far), "198.51.100.1");
  connect_as(kSomebody, kSomebody, "2001:db8:1::2");
  EXPECT_EQ(accept_from(far), "2001:db8:1::1");

  redirection.ignored_blocks.clear();
  redirect(redirection);
  const UniqueFd ignored = listen_in(outside, kIgnoredPort);
  connect_as(kSomebody, kSomebody, "198.51.100.2", kIgnoredPort);
  EXPECT_EQ(accept_from(ignored), "198.51.100.1");
}

TEST_F(ProxiedTask, HasItsRulesOnceHoweverOftenTheyAreMade) {
  redirect(redirection);

  const auto made = run_inside(task.fd.get(), []() -> Result<> {
    BERTH_TRY(const std::string listing, firewall::run_nftables("list ruleset\n"));
    EXPECT_EQ(listing.find("redirect to :15000"), listing.rfind("redirect to :15000")) << listing;
    return ok();
  });

  ASSERT_TRUE(made) << made.error();
  EXPECT_FALSE(*firewall::exists(firewall::kRedirectionTable)) << "a table on the host";
}

}  // namespace
}  // namespace berth::netns
