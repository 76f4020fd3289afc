// flows_test.cpp - flows that began before a port was published, or under its former owner.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>

#include "agent/steps/clean.hpp"
#include "agent/steps/create_network.hpp"
#include "agent/steps/forget_flows.hpp"
#include "firewall/nftables.hpp"
#include "netns/flows.hpp"
#include "tests/agent/steps/workbench.hpp"
#include "tests/node/network/host.hpp"

namespace berth::netns {
namespace {

constexpr int kHostPort = 5000;
constexpr int kContainerPort = 9;

/// Tasks of mode bridge that publish a port by UDP, and another machine at 198.51.100.2.
class Flows : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    bench = std::make_unique<steps::testing::Workbench>();
    bench->tools.pins = pins;
    bench->tools.note_host_change = [](std::string, std::string, std::string) { return done(); };
    outside = machine(pins, "outside");
    // Somebody else of the host looks at flows, so that they are tracked without our table, too.
    ASSERT_TRUE(
        firewall::run_nftables("add table inet other\n"
                               "add chain inet other in { type filter hook input priority 0; }\n"
                               "add rule inet other in ct state established accept\n"));
  }
  void TearDown() override { bench.reset(); }

  static Async<> done() { co_return ok(); }

  /// The record of a task at 10.214.0.<last>, with its network there.
  steps::RecordPtr publish(int last) {
    model::Task task = steps::testing::a_task({steps::testing::a_container("dns")});
    task.arn = "arn:aws:ecs:us-east-1:123456789012:task/lab/" + std::to_string(last) +
               std::string(31, 'c');
    task.network_mode = model::NetworkMode::Bridge;
    task.containers[0].port_mappings = {{.container_port = kContainerPort,
                                         .last_container_port = kContainerPort,
                                         .host_port = kHostPort,
                                         .protocol = "udp"}};
    model::Record record = bench->record_of(std::move(task));
    model::NodeAddress address;
    address.ipv4 = "10.214.0." + std::to_string(last);
    address.ipv4_gateway = "10.214.0.1";
    record.placement.addresses = {address};
    const auto seen = bench->run(steps::create_network(bench->tools, bench->share(record)));
    EXPECT_TRUE(seen) << seen.error();
    const auto* created = seen ? std::get_if<engine::NetworkCreated>(&*seen) : nullptr;
    if (created != nullptr) record.containers[0].bindings = created->bindings.at(0);
    return bench->share(record);
  }

  UniqueFd open_server(const steps::RecordPtr& record) {
    const auto space = pins.open(model::network_name_of(model::task_id_of(record->task.arn), 0));
    EXPECT_TRUE(space) << space.error();
    UniqueFd server;
    inside(*space, [&server] {
      server.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      sockaddr_in where{};
      where.sin_family = AF_INET;
      where.sin_port = htons(kContainerPort);
      EXPECT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
    });
    return server;
  }

  /// A socket of the other machine that is connected to the host's port: one flow.
  UniqueFd open_client() {
    UniqueFd client;
    inside(outside, [&client] {
      client.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      sockaddr_in where{};
      where.sin_family = AF_INET;
      where.sin_port = htons(kHostPort);
      ::inet_pton(AF_INET, "198.51.100.1", &where.sin_addr);
      EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
    });
    return client;
  }

  std::unique_ptr<steps::testing::Workbench> bench;
  Namespace outside;
};

/// Sends, and waits until the host has said that nobody listens.
void send_in_vain(const UniqueFd& client) {
  ASSERT_EQ(::send(client.get(), "x", 1, 0), 1);
  pollfd refused{client.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&refused, 1, 5000), 1);
  char byte = 0;
  ASSERT_EQ(::recv(client.get(), &byte, 1, 0), -1);
  ASSERT_EQ(errno, ECONNREFUSED);
}

/// Waits until the host tracks a flow to that port of its own, at most 5 s.
void await_flow(std::uint16_t port) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  auto conntrack = NetlinkSocket::open(NETLINK_NETFILTER);
  bool is_there = false;
  while (!is_there && std::chrono::steady_clock::now() < end) {
    const auto listed = conntrack->ask_each(flows_question(), [&](const Message& message) {
      const auto flow = flow_in(message);
      is_there = is_there || (flow && flow->to.port == port);
    });
    ASSERT_TRUE(listed) << listed.error();
  }
  ASSERT_TRUE(is_there);
}

::testing::AssertionResult reaches(const UniqueFd& client, const UniqueFd& server) {
  if (::send(client.get(), "y", 1, 0) != 1) {
    return ::testing::AssertionFailure() << "not sent: " << std::strerror(errno);
  }
  pollfd ready{server.get(), POLLIN, 0};
  if (::poll(&ready, 1, 2000) != 1) return ::testing::AssertionFailure() << "did not arrive";
  char byte = 0;
  if (::recv(server.get(), &byte, 1, 0) == 1) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << std::strerror(errno);
}

TEST_F(Flows, OfUdpThatBeganBeforeAPortWasPublishedReachTheContainerAtOnce) {
  const UniqueFd client = open_client();
  send_in_vain(client);

  const auto record = publish(2);
  const UniqueFd server = open_server(record);

  EXPECT_TRUE(reaches(client, server));
}

TEST_F(Flows, OfUdpToTheFormerContainerReachTheNewOneAtOnce) {
  const UniqueFd client = open_client();
  const auto former = publish(2);
  UniqueFd server = open_server(former);
  ASSERT_TRUE(reaches(client, server));
  server.reset();

  ASSERT_TRUE(bench->run(steps::release(bench->tools, former)));
  const auto record = publish(3);
  server = open_server(record);

  EXPECT_TRUE(reaches(client, server));
}

TEST_F(Flows, OfUdpEndWithTheContainerThatHadThePort) {
  const UniqueFd client = open_client();
  const auto former = publish(2);
  UniqueFd server = open_server(former);
  ASSERT_TRUE(reaches(client, server));
  server.reset();

  ASSERT_TRUE(bench->run(steps::release(bench->tools, former)));

  send_in_vain(client);  // the host answers, not the way to who is gone
}

TEST_F(Flows, ThatStrayedWhileSomebodyHadFlushedTheTableComeBack) {
  const auto record = publish(2);
  const UniqueFd server = open_server(record);
  const UniqueFd client = open_client();
  ASSERT_TRUE(firewall::remove_table("test"));
  ASSERT_EQ(::send(client.get(), "x", 1, 0), 1);  // to the socket that holds the port
  await_flow(kHostPort);

  ASSERT_TRUE(bench->firewall.restore());
  steps::forget_stray_flows(bench->tools);

  EXPECT_TRUE(reaches(client, server));
}

TEST_F(Flows, OfOthersGoOn) {
  const auto record = publish(2);
  const UniqueFd server = open_server(record);
  const UniqueFd client = open_client();
  ASSERT_TRUE(reaches(client, server));
  StaleFlows stale;
  stale.addresses = {*parse_ip("10.214.0.3")};
  stale.ports[{IPPROTO_UDP, kHostPort}] = {{*parse_ip("10.214.0.2"), kContainerPort}};
  stale.ports[{IPPROTO_UDP, kHostPort + 1}] = {{*parse_ip("10.214.0.3"), kContainerPort}};

  EXPECT_EQ(*forget_flows(stale), 0U);

  stale.ports[{IPPROTO_UDP, kHostPort}] = {{*parse_ip("10.214.0.3"), kContainerPort}};
  EXPECT_EQ(*forget_flows(stale), 1U);
}

}  // namespace
}  // namespace berth::netns
