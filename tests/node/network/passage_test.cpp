// passage_test.cpp - what the table lets through and what it does not, by real packets.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>

#include "firewall/nftables.hpp"
#include "firewall/table.hpp"
#include "netns/address.hpp"
#include "netns/link.hpp"
#include "netns/sysctl.hpp"
#include "netns/traffic.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

using firewall::Device;
using firewall::Group;
using firewall::GroupRule;

/// Tasks 10.213.1.<last> and fd00:213::<last>, and another machine at 198.51.100.2.
class Passage : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    forward();
  }

  struct Task {
    Device device;
    Namespace space;
  };

  Task start(
      int last, const std::function<void(Device&)>& settle = [](Device&) {},
      const std::vector<Group>& groups = {}) {
    const std::string name = std::to_string(100 + last) + std::string(29, 'a');
    Device device = device_of(name, dual_interface(last));
    settle(device);
    const auto added = table.add(device, groups);
    EXPECT_TRUE(added) << added.error();
    const auto path = create_network(pins, driver, name, dual_interface(last));
    EXPECT_TRUE(path) << path.error();
    auto opened = pins.open(name);
    auto host = NetlinkSocket::open();
    await_running(*host, device.name);
    return {device, std::move(*opened)};
  }

  Task start_member(int last, const Group& group) {
    return start(last, [&](Device& device) { device.groups = {group.id}; }, {group});
  }

  firewall::Table table{{.table = "berth"}};
};

TEST_F(Passage, AMemberIsReachedOnlyAsItsGroupAllows) {
  const Group web{.id = "sg-web",
                  .ingress = {tcp(8080, {"10.213.1.3/32", "fd00:213::3/128"})},
                  .egress = {everything()}};
  const Task member = start_member(2, web);
  const Task friendly = start(3);
  const Task stranger = start(4);
  const UniqueFd allowed = listen_in(member.space, 8080);
  const UniqueFd other_port = listen_in(member.space, 8081);

  inside(friendly.space, [] {
    EXPECT_TRUE(connects_to("10.213.1.2"));
    EXPECT_TRUE(connects_to("fd00:213::2"));
    EXPECT_TRUE(is_shut_out_from("10.213.1.2", 8081));
    EXPECT_TRUE(is_shut_out_from("fd00:213::2", 8081));
  });
  inside(stranger.space, [] {
    EXPECT_TRUE(is_shut_out_from("10.213.1.2"));
    EXPECT_TRUE(is_shut_out_from("fd00:213::2"));
  });
  EXPECT_TRUE(is_shut_out_from("10.213.1.2"));  // the host, too, is just another peer
}

TEST_F(Passage, AMemberReachesOnlyWhatItsGroupAllows) {
  const Group client{.id = "sg-client", .egress = {tcp(8080, {"10.213.1.3/32"})}};
  const Task member = start_member(2, client);
  const Task peer = start(3);
  const Namespace outside = machine(pins, "outside");
  const UniqueFd allowed = listen_in(peer.space, 8080);
  const UniqueFd other_port = listen_in(peer.space, 8081);
  const UniqueFd far = listen_in(outside);
  const UniqueFd host = listen_here();

  inside(member.space, [] {
    EXPECT_TRUE(connects_to("10.213.1.3"));
    EXPECT_TRUE(is_shut_out_from("10.213.1.3", 8081));
    EXPECT_TRUE(is_shut_out_from("fd00:213::3"));
    EXPECT_TRUE(is_shut_out_from("198.51.100.2"));
    EXPECT_TRUE(is_shut_out_from("10.213.1.1"));
  });
}

TEST_F(Passage, BothEndsMustAllow) {
  const Group client{.id = "sg-client", .egress = {everything()}};
  const Group closed{.id = "sg-closed", .egress = {everything()}};
  const Task member = start_member(2, client);
  const Task peer = start_member(3, closed);
  const UniqueFd listener = listen_in(peer.space);

  inside(member.space, [] { EXPECT_TRUE(is_shut_out_from("10.213.1.3")); });
}

TEST_F(Passage, AGroupIsReferredToByItsMembers) {
  Group web{.id = "sg-web", .egress = {everything()}};
  web.members = {"10.213.1.3", "fd00:213::3"};
  Group database{.id = "sg-db", .egress = {everything()}};
  database.ingress = {
      {.protocol = "tcp", .from_port = 8080, .to_port = 8080, .group_ids = {"sg-web"}}};
  const Task db = start(2, [](Device& device) { device.groups = {"sg-db"}; }, {database, web});
  const Task member = start_member(3, web);
  const Task stranger = start(4);
  const UniqueFd listener = listen_in(db.space);

  inside(member.space, [] {
    EXPECT_TRUE(connects_to("10.213.1.2"));
    EXPECT_TRUE(connects_to("fd00:213::2"));
  });
  inside(stranger.space, [] { EXPECT_TRUE(is_shut_out_from("10.213.1.2")); });

  web.members = {"10.213.1.4"};
  ASSERT_TRUE(table.follow({web}, {}));
  inside(stranger.space, [] { EXPECT_TRUE(connects_to("10.213.1.2")); });
  inside(member.space, [] { EXPECT_TRUE(is_shut_out_from("10.213.1.2")); });
}

TEST_F(Passage, AChangeOfRulesKeepsEstablishedFlows) {
  Group web{.id = "sg-web", .ingress = {tcp(8080, {"0.0.0.0/0"})}, .egress = {everything()}};
  const Task member = start_member(2, web);
  const Task peer = start(3);
  const UniqueFd listener = listen_in(member.space);
  UniqueFd client;
  inside(peer.space, [&] {
    client.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(8080);
    ::inet_pton(AF_INET, "10.213.1.2", &where.sin_addr);
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
  });
  const UniqueFd server(::accept(listener.get(), nullptr, nullptr));

  web.ingress.clear();
  ASSERT_TRUE(table.follow({web}, {}));

  inside(peer.space, [] { EXPECT_TRUE(is_shut_out_from("10.213.1.2")); });
  ASSERT_EQ(::send(client.get(), "x", 1, 0), 1);
  pollfd ready{server.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 5000), 1) << "an established flow was cut";
}

/// Sends a UDP datagram from `source` in the calling thread's namespace; a raw socket, so that any
/// source goes.
void send_spoofed(const std::string& source, const std::string& target) {
  const UniqueFd raw(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  struct {
    std::uint8_t version = 0x45, service = 0;
    std::uint16_t length = htons(29), id = 0, fragment = 0;
    std::uint8_t hops = 64, protocol = IPPROTO_UDP;
    std::uint16_t checksum = 0;
    in_addr from{}, to{};
    std::uint16_t from_port = htons(4000), to_port = htons(9), size = htons(9), sum = 0;
    char data = 'x';
  } __attribute__((packed)) packet;
  ::inet_pton(AF_INET, source.c_str(), &packet.from);
  ::inet_pton(AF_INET, target.c_str(), &packet.to);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr = packet.to;
  EXPECT_EQ(::sendto(raw.get(), &packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&where),
                     sizeof where),
            static_cast<ssize_t>(sizeof packet));
}

/// A UDP socket on port 9 of the calling thread's namespace.
UniqueFd await_datagrams() {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(9);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
  return socket;
}

bool hears_within(const UniqueFd& socket, int ms) {
  pollfd ready{socket.get(), POLLIN, 0};
  if (::poll(&ready, 1, ms) != 1) return false;
  char byte = 0;
  return ::recv(socket.get(), &byte, 1, 0) >= 0;
}

TEST_F(Passage, ATaskSendsOnlyUnderItsOwnAddressesAndMac) {
  Task villain = start(2);
  const Task neighbour = start(3);
  const Task victim = start(4);
  UniqueFd heard;
  inside(victim.space, [&] { heard = await_datagrams(); });

  inside(villain.space, [] { send_spoofed("10.213.1.2", "10.213.1.4"); });
  EXPECT_TRUE(hears_within(heard, 5000));
  inside(villain.space, [] { send_spoofed("10.213.1.3", "10.213.1.4"); });
  inside(villain.space, [] { send_spoofed("203.0.113.9", "10.213.1.4"); });
  EXPECT_FALSE(hears_within(heard, 300));

  // All capabilities: it takes its neighbour's address and another MAC, and has no rules inside.
  inside(villain.space, [] { ASSERT_TRUE(firewall::run_nftables("flush ruleset\n")); });
  Netlink& own = *villain.space.netlink;
  const std::uint32_t link = find_link(own, "eth0")->index;
  ASSERT_TRUE(own.change(address_request(link, *parse_ip_interface("10.213.1.3/32"))));
  inside(villain.space, [] { send_spoofed("10.213.1.3", "10.213.1.4"); });
  EXPECT_FALSE(hears_within(heard, 300));
  ASSERT_TRUE(
      own.change(link_change_request({.name = "eth0", .mac = *parse_mac("0a:00:00:00:00:77")})));
  inside(villain.space, [] { send_spoofed("10.213.1.2", "10.213.1.4"); });
  EXPECT_FALSE(hears_within(heard, 300));
}

TEST_F(Passage, APublishedPortIsReachedFromOutsideFromTheHostAndFromItself) {
  const Task server = start(2, [](Device& device) { device.published = {{"tcp", 80, 8080}}; });
  const Task neighbour = start(3);
  const Namespace outside = machine(pins, "outside");
  const UniqueFd listener = listen_in(server.space);

  inside(outside, [] { EXPECT_TRUE(connects_to("198.51.100.1", 80)); });
  EXPECT_EQ(accept_from(listener), "198.51.100.2");
  inside(outside, [] { EXPECT_TRUE(connects_to("2001:db8:1::1", 80)); });
  EXPECT_EQ(accept_from(listener), "2001:db8:1::2");
  EXPECT_TRUE(connects_to("127.0.0.1", 80));
  EXPECT_EQ(accept_from(listener), "10.213.1.1");
  EXPECT_TRUE(connects_to("198.51.100.1", 80));
  inside(neighbour.space, [] { EXPECT_TRUE(connects_to("198.51.100.1", 80)); });
  inside(server.space, [] { EXPECT_TRUE(connects_to("198.51.100.1", 80)); });
}

/// The other machine sends for 10.213.1.0/24 and fd00:213::/64 by way of the host.
void lead_to_tasks(const Namespace& outside) {
  const std::uint32_t link = find_link(*outside.netlink, "eth0")->index;
  ASSERT_TRUE(outside.netlink->change({route_request({.to = *parse_ip_interface("10.213.1.0/24"),
                                                      .via = *parse_ip("198.51.100.1"),
                                                      .link = link}),
                                       route_request({.to = *parse_ip_interface("fd00:213::/64"),
                                                      .via = *parse_ip("2001:db8:1::1"),
                                                      .link = link})}));
}

TEST_F(Passage, WhatIsNotPublishedIsNotReachedFromOutside) {
  const Task server = start(2, [](Device& device) {
    device.is_published_only = true;
    device.published = {{"tcp", 80, 8080}};
  });
  const Task neighbour = start(3);
  const Namespace outside = machine(pins, "outside");
  lead_to_tasks(outside);
  const UniqueFd published = listen_in(server.space, 8080);
  const UniqueFd other = listen_in(server.space, 8081);

  inside(outside, [] {
    EXPECT_TRUE(connects_to("198.51.100.1", 80));
    EXPECT_TRUE(is_shut_out_from("10.213.1.2", 8081));
    EXPECT_TRUE(is_shut_out_from("fd00:213::2", 8081));
  });
  inside(neighbour.space, [] { EXPECT_TRUE(connects_to("10.213.1.2", 8081)); });
}

TEST_F(Passage, NobodyOutsideSpeaksUnderATasksAddress) {
  const Task victim = start(2);
  const Task neighbour = start(3);
  const Namespace outside = machine(pins, "outside");
  lead_to_tasks(outside);
  UniqueFd heard;
  inside(victim.space, [&] { heard = await_datagrams(); });
  ASSERT_TRUE(set_sysctl(*Dir::open("/proc/sys"), "net/ipv4/conf/all/rp_filter", "0"));
  ASSERT_TRUE(set_sysctl(*Dir::open("/proc/sys"), "net/ipv4/conf/to-outside/rp_filter", "0"));

  inside(outside, [] { send_spoofed("198.51.100.2", "10.213.1.2"); });
  EXPECT_TRUE(hears_within(heard, 5000));
  inside(outside, [] { send_spoofed("10.213.1.3", "10.213.1.2"); });
  EXPECT_FALSE(hears_within(heard, 300));
}

TEST_F(Passage, ATaskWithoutIpv4AsksTheAgentAndNobodyElseByItsLeg) {
  OwnInterface own = v6_interface(2);
  own.leg = Leg{*parse_ip("169.254.172.7"), *parse_ip("169.254.172.1"), *parse_ip("169.254.170.2")};
  const std::string name = std::string(32, 'f');
  Device device = device_of(name, own);
  device.leg = "169.254.172.7";
  device.groups = {"sg-none"};
  ASSERT_TRUE(table.add(device, {Group{.id = "sg-none"}}));
  ASSERT_TRUE(create_network(pins, driver, name, own));
  ASSERT_TRUE(create_network(pins, driver, name, own)) << "again";
  const Namespace task = std::move(*pins.open(name));
  auto host = NetlinkSocket::open();
  await_running(*host, device.name);
  ASSERT_TRUE(host->change(
      address_request(find_link(*host, "lo")->index, *parse_ip_interface("169.254.170.2/32"))));
  const Namespace outside = machine(pins, "outside");
  const UniqueFd agent = listen_here(firewall::kEndpointPort);
  const UniqueFd other = listen_here(81);

  inside(task, [] {
    EXPECT_TRUE(connects_to("169.254.170.2", 80));
    EXPECT_TRUE(is_shut_out_from("169.254.170.2", 81));
  });
  EXPECT_EQ(accept_from(agent), "169.254.172.7");

  // By hand it takes the default route, and its neighbour the address.
  const Task villain = start(3);
  for (const Namespace* space : {&task, &villain.space}) {
    const std::uint32_t link = find_link(*space->netlink, "eth0")->index;
    ASSERT_TRUE(space->netlink->change(route_request({.to = *parse_ip_interface("198.51.100.0/24"),
                                                      .via = *parse_ip("169.254.172.1"),
                                                      .link = link,
                                                      .onlink = true})));
  }
  UniqueFd heard;
  inside(outside, [&] { heard = await_datagrams(); });
  inside(task, [] { send_spoofed("169.254.172.7", "198.51.100.2"); });
  inside(villain.space, [] { send_spoofed("169.254.172.7", "198.51.100.2"); });
  EXPECT_FALSE(hears_within(heard, 300));
  const UniqueFd own_heard = await_datagrams();
  inside(villain.space, [] { send_spoofed("169.254.172.7", "169.254.170.2"); });
  EXPECT_FALSE(hears_within(own_heard, 300));
}

TEST_F(Passage, WhatPassesIsCounted) {
  const Task task = start(2);
  auto host = NetlinkSocket::open();
  UniqueFd heard;
  inside(task.space, [&] { heard = await_datagrams(); });
  const Traffic before = *traffic_of(*host, task.device.name);

  constexpr int kDatagrams = 5;
  for (int at = 0; at < kDatagrams; ++at) send_spoofed("10.213.1.1", "10.213.1.2");
  for (int at = 0; at < kDatagrams; ++at) ASSERT_TRUE(hears_within(heard, 5000));

  const Traffic after = *traffic_of(*host, task.device.name);
  constexpr std::uint64_t kFrame = 14 + 29;
  EXPECT_GE(after.received.packets, before.received.packets + kDatagrams);
  EXPECT_GE(after.received.bytes, before.received.bytes + kDatagrams * kFrame);
  EXPECT_LT(after.sent.packets, before.sent.packets + kDatagrams) << "the other way";
  EXPECT_TRUE(traffic_of(*host, "be-nobody").failed_with(Errc::NotFound));
}

TEST_F(Passage, APortIsPublishedOnlyWhereItIsToBe) {
  firewall::Table narrow({.table = "berth", .publish_addresses = {"127.0.0.1"}});
  table.claim_forwarding(false);
  const Task server = start(2, [](Device& device) { device.published = {{"tcp", 80, 8080}}; });
  narrow.expect(server.device);
  ASSERT_TRUE(narrow.restore());
  const Namespace outside = machine(pins, "outside");
  const UniqueFd listener = listen_in(server.space);

  EXPECT_TRUE(connects_to("127.0.0.1", 80));
  inside(outside, [] { EXPECT_FALSE(connects_to("198.51.100.1", 80)); });
}

TEST_F(Passage, TheHostsLoopbackStaysItsOwn) {
  const Task task = start(2);
  const UniqueFd host = listen_here();
  const Namespace outside = machine(pins, "outside");
  for (const Namespace* space : {&task.space, &outside}) {
    const bool is_task = space == &task.space;
    const std::string link = "eth0";
    Route loopback{.to = *parse_ip_interface("127.0.0.9/32"),
                   .via = *parse_ip(is_task ? "10.213.1.1" : "198.51.100.1"),
                   .link = find_link(*space->netlink, link)->index,
                   .onlink = true};
    ASSERT_TRUE(space->netlink->change(route_request(loopback)));
  }

  // Loopback addresses are local inside, so the packet is made by hand.
  UniqueFd heard = await_datagrams();
  inside(task.space, [] { send_spoofed("10.213.1.2", "127.0.0.9"); });
  inside(outside, [] { send_spoofed("198.51.100.2", "127.0.0.9"); });
  EXPECT_FALSE(hears_within(heard, 300));
}

TEST_F(Passage, ForwardingThatIsOursIsForOurDevicesOnly) {
  const Namespace one = machine(pins, "one");
  auto other = pins.create("other");
  auto host = NetlinkSocket::open();
  VethPair cable{.name = "to-other",
                 .mac = derived_mac(0xfe, "to-other"),
                 .peer_name = "eth0",
                 .peer_mac = derived_mac(0x02, "other"),
                 .peer_netns = other->fd.get()};
  ASSERT_TRUE(host->change(veth_request(cable)));
  ASSERT_TRUE(host->change(
      address_request(find_link(*host, "to-other")->index, *parse_ip_interface("203.0.113.1/24"))));
  const std::uint32_t far = find_link(*other->netlink, "eth0")->index;
  ASSERT_TRUE(other->netlink->change(
      {address_request(far, *parse_ip_interface("203.0.113.2/24")),
       link_change_request({.name = "eth0", .up = true}),
       route_request({.to = {}, .via = *parse_ip("203.0.113.1"), .link = far})}));
  ASSERT_TRUE(one.netlink->change(route_request({.to = {},
                                                 .via = *parse_ip("198.51.100.1"),
                                                 .link = find_link(*one.netlink, "eth0")->index})));
  await_running(*host, "to-other");
  const UniqueFd listener = listen_in(*other);
  ASSERT_TRUE(table.restore());
  inside(one, [] { ASSERT_TRUE(connects_to("203.0.113.2")); });

  table.claim_forwarding(false);
  ASSERT_TRUE(table.restore());

  inside(one, [] { EXPECT_TRUE(is_shut_out_from("203.0.113.2")); });
  const Task task = start(2);
  inside(task.space, [] { EXPECT_TRUE(connects_to("203.0.113.2")); });
}

TEST_F(Passage, TheAgentsEndpointIsReachedByTasksAndTheHostOnly) {
  auto host = NetlinkSocket::open();
  ASSERT_TRUE(host->change(
      address_request(find_link(*host, "lo")->index, *parse_ip_interface("169.254.170.2/32"))));
  const Group closed{.id = "sg-closed"};
  const Task member = start_member(2, closed);
  const Namespace outside = machine(pins, "outside");
  const UniqueFd listener = listen_here(firewall::kEndpointPort);
  ASSERT_TRUE(
      outside.netlink->change(route_request({.to = *parse_ip_interface("169.254.170.2/32"),
                                             .via = *parse_ip("198.51.100.1"),
                                             .link = find_link(*outside.netlink, "eth0")->index})));

  inside(member.space, [] { EXPECT_TRUE(connects_to("169.254.170.2", 80)); });
  EXPECT_EQ(accept_from(listener), "10.213.1.2");
  EXPECT_TRUE(connects_to("169.254.170.2", 80));
  inside(outside, [] {
    EXPECT_TRUE(is_shut_out_from("169.254.170.2", 80));
    EXPECT_TRUE(is_shut_out_from("169.254.170.2", firewall::kEndpointPort));
  });
}

TEST_F(Passage, TheMetadataServiceIsReachedUnlessBlocked) {
  const Namespace outside = machine(pins, "outside");
  ASSERT_TRUE(outside.netlink->change(address_request(find_link(*outside.netlink, "eth0")->index,
                                                      *parse_ip_interface("169.254.169.254/32"))));
  auto host = NetlinkSocket::open();
  ASSERT_TRUE(host->change(route_request({.to = *parse_ip_interface("169.254.169.254/32"),
                                          .via = *parse_ip("198.51.100.2"),
                                          .link = find_link(*host, "to-outside")->index})));
  const Task open = start(2);
  const Task blocked = start(3, [](Device& device) { device.is_without_imds = true; });
  const UniqueFd listener = listen_in(outside, 80);

  inside(open.space, [] { EXPECT_TRUE(connects_to("169.254.169.254", 80)); });
  inside(blocked.space, [] { EXPECT_TRUE(is_shut_out_from("169.254.169.254", 80)); });
}

}  // namespace
}  // namespace berth::netns
