// lan_rules_test.cpp - what groups and checks of senders hold a task on a LAN to, by real packets.
#include <gmock/gmock.h>

#include "netns/address.hpp"
#include "netns/link.hpp"
#include "tests/node/network/lan.hpp"

namespace berth::netns {
namespace {

using firewall::Device;
using firewall::Group;
using firewall::GroupRule;

class RulesOnTheLan : public LanTest, public ::testing::WithParamInterface<Way> {
 protected:
  void SetUp() override { set_up(GetParam(), "0"); }

  Task start_member(int last, const Group& group) {
    return start(last, [&](Device& device) { device.groups = {group.id}; }, {group});
  }
  /// As steps do: the host's table and those of gateways.
  void follow(const std::vector<Group>& groups) {
    const auto outside = table.follow(groups, {});
    EXPECT_TRUE(outside) << outside.error();
    const auto within = gateways.follow(pins, groups);
    EXPECT_TRUE(within) << within.error();
  }
};

INSTANTIATE_TEST_SUITE_P(By, RulesOnTheLan,
                         ::testing::Values(Way::LanRouted, Way::Macvlan, Way::Nic, Way::Vlan),
                         [](const auto& param) { return name_of(param.param); });

TEST_P(RulesOnTheLan, AMemberIsReachedOnlyAsItsGroupAllows) {
  const Group web{.id = "sg-web",
                  .ingress = {tcp(8080, {"10.77.0.20/32", "2001:db8:7::20/128"})},
                  .egress = {everything()}};
  const Task member = start_member(31, web);
  const UniqueFd allowed = listen_in(member.space, 8080);
  const UniqueFd other_port = listen_in(member.space, 8081);

  inside(peer(), [] {
    EXPECT_TRUE(connects_to("10.77.0.31"));
    EXPECT_TRUE(connects_to("2001:db8:7::31"));
    EXPECT_TRUE(is_shut_out_from("10.77.0.31", 8081));
    EXPECT_TRUE(is_shut_out_from("2001:db8:7::31", 8081));
  });
  inside(router(), [] {
    EXPECT_TRUE(is_shut_out_from("10.77.0.31"));
    EXPECT_TRUE(is_shut_out_from("2001:db8:7::31"));
  });
  EXPECT_TRUE(is_shut_out_from("10.77.0.31"));  // the host, too, is just another peer
}

TEST_P(RulesOnTheLan, AMemberReachesOnlyWhatItsGroupAllows) {
  const Group client{.id = "sg-client", .egress = {tcp(8080, {"10.77.0.20/32"})}};
  const Task member = start_member(31, client);
  const UniqueFd allowed = listen_in(peer(), 8080);
  const UniqueFd other_port = listen_in(peer(), 8081);
  const UniqueFd at_router = listen_in(router());
  const UniqueFd on_host = listen_here();

  inside(member.space, [] {
    EXPECT_TRUE(connects_to("10.77.0.20"));
    EXPECT_TRUE(is_shut_out_from("10.77.0.20", 8081));
    EXPECT_TRUE(is_shut_out_from("2001:db8:7::20"));
    EXPECT_TRUE(is_shut_out_from("10.77.0.1"));
    EXPECT_TRUE(is_shut_out_from("10.77.0.10"));
  });
}

TEST_P(RulesOnTheLan, AChangeOfGroupsReachesARunningTask) {
  Group web{.id = "sg-web", .version = 1, .egress = {everything()}};
  const Task member = start_member(31, web);
  const UniqueFd listener = listen_in(member.space);
  inside(peer(), [] { ASSERT_TRUE(is_shut_out_from("10.77.0.31")); });

  web.version = 2;
  web.ingress = {tcp(8080, {"10.77.0.0/24"})};
  follow({web});

  inside(peer(), [] { EXPECT_TRUE(connects_to("10.77.0.31")); });
}

TEST_P(RulesOnTheLan, SendsUnderNoOtherAddress) {
  const Task task = start(31);
  const std::uint32_t eth0 = find_link(*task.space.netlink, "eth0")->index;
  const UniqueFd listener = listen_in(peer());
  inside(task.space, [] { ASSERT_TRUE(connects_to("10.77.0.20")); });

  // With another address in the place of its own the kernel sends under that one.
  ASSERT_TRUE(task.space.netlink->change(
      {address_request(eth0, *parse_ip_interface("10.77.0.99/32")),
       address_removal(eth0, *parse_ip_interface("10.77.0.31/32")),
       route_request({.to = {}, .via = *parse_ip("10.77.0.1"), .link = eth0, .onlink = true})}));

  inside(task.space, [] { EXPECT_TRUE(is_shut_out_from("10.77.0.20")); });
}

TEST_P(RulesOnTheLan, SendsUnderNoOtherMac) {
  const Task task = start(31);
  const UniqueFd listener = listen_in(peer());
  inside(task.space, [] { ASSERT_TRUE(connects_to("10.77.0.20")); });

  ASSERT_TRUE(task.space.netlink->change(
      link_change_request({.name = "eth0", .mac = *parse_mac("0a:00:00:00:00:99")})));

  inside(task.space, [] { EXPECT_TRUE(is_shut_out_from("10.77.0.20")); });
}

TEST_P(RulesOnTheLan, NobodySendsUnderItsAddress) {
  const Task task = start(31);
  const std::string device = way == Way::Vlan ? "lan" : "eth0";
  const std::uint32_t link = find_link(*peer().netlink, device)->index;
  const UniqueFd listener = listen_in(task.space);
  inside(peer(), [] { ASSERT_TRUE(connects_to("10.77.0.31")); });

  // A machine that has taken its address talks to the host: no answer, not even from the host.
  ASSERT_TRUE(
      peer().netlink->change({address_removal(link, *parse_ip_interface("10.77.0.20/24")),
                              address_request(link, *parse_ip_interface("10.77.0.31/24"))}));
  const UniqueFd on_host = listen_here();

  inside(peer(), [] { EXPECT_TRUE(is_shut_out_from("10.77.0.10")); });
}

TEST_P(RulesOnTheLan, IsNoRouterForOthers) {
  if (way == Way::LanRouted) return;  // whether the host is one is not the driver's
  const Task task = start(31);
  const std::string device = way == Way::Vlan ? "lan" : "eth0";
  const std::uint32_t link = find_link(*peer().netlink, device)->index;
  const UniqueFd on_host = listen_here();
  const UniqueFd at_router = listen_in(router());
  inside(peer(), [] { ASSERT_TRUE(connects_to("10.77.0.1")); });

  for (const char* to : {"203.0.113.9/32", "10.77.0.10/32"}) {
    ASSERT_TRUE(peer().netlink->change(route_request(
        {.to = *parse_ip_interface(to), .via = *parse_ip("10.77.0.31"), .link = link})));
  }

  inside(peer(), [] {
    EXPECT_TRUE(is_shut_out_from("203.0.113.9"));
    EXPECT_TRUE(is_shut_out_from("10.77.0.10"));
  });
}

}  // namespace
}  // namespace berth::netns
