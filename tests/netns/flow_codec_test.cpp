// flow_codec_test.cpp - recorded flows to values, and which of them are stale.
#include "netns/flow_codec.hpp"

#include <gmock/gmock.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include "tests/netns/recorded.hpp"

namespace berth::netns {
namespace {

FlowEnd end(const std::string& address, std::uint16_t port) {
  return {*parse_ip(address), port};
}

std::vector<Flow> recorded_flows() {
  std::vector<Flow> flows;
  const auto messages = decode_messages(recorded("flows.hex"));
  EXPECT_TRUE(messages) << messages.error();
  for (const Message& message : *messages) {
    if (const auto flow = flow_in(message)) flows.push_back(*flow);
  }
  return flows;
}

TEST(FlowIn, ReadsBothDirectionsOfBothFamilies) {
  const std::vector<Flow> flows = recorded_flows();

  ASSERT_EQ(flows.size(), 2U);
  EXPECT_EQ(flows[0].protocol, IPPROTO_UDP);
  EXPECT_EQ(flows[0].from, end("127.0.0.1", 40000));
  EXPECT_EQ(flows[0].to, end("127.0.0.1", 5000));
  EXPECT_EQ(flows[0].answers_from, end("127.0.0.9", 53));
  EXPECT_EQ(flows[0].answers_to, end("127.0.0.1", 40000));
  EXPECT_EQ(flows[1].protocol, IPPROTO_TCP);
  EXPECT_EQ(flows[1].from, end("::1", 40001));
  EXPECT_EQ(flows[1].to, end("::1", 8080));
}

TEST(FlowIn, PassesOverFlowsOfAZoneAndWhatIsCutShort) {
  const auto messages = decode_messages(recorded("flows.hex"));
  ASSERT_TRUE(messages) << messages.error();
  Message zoned = messages->front();
  zoned.body += std::string("\x06\x00\x12\x00\x00\x07\x00\x00", 8);  // CTA_ZONE 7
  EXPECT_FALSE(flow_in(zoned));

  // A header, and a tuple for each direction.
  for (std::size_t length = 0; length < 4 + 2 * 52; ++length) {
    Message cut = messages->front();
    cut.body.resize(length);
    EXPECT_FALSE(flow_in(cut)) << length << " bytes";
  }
}

TEST(FlowRemoval, NamesTheFlowInTheKernelsOwnBytes) {
  const Flow flow = recorded_flows().front();

  const auto sent = decode_messages(flow_removal(flow).encoded(1, 0));

  ASSERT_TRUE(sent) << sent.error();
  const Attributes attributes = attributes_of(sent->front(), 4);
  EXPECT_EQ(sent->front().body[0], AF_INET);
  EXPECT_EQ(attributes.find(CTA_TUPLE_ORIG), flow.key);
  EXPECT_EQ(attributes.find(CTA_ID), flow.id);
  EXPECT_TRUE(flow_removal(flow).forgives(ENOENT));
}

TEST(IsStale, GoesByWhoHasThePacketsNow) {
  StaleFlows stale;
  stale.addresses = {*parse_ip("10.214.0.9"), *parse_ip("fd00::9")};
  stale.ports[{IPPROTO_UDP, 5000}] = {end("10.214.0.2", 53), end("fd00::2", 53)};
  stale.ports[{IPPROTO_UDP, 5001}] = {end("10.214.0.2", 54)};
  stale.host_addresses = {*parse_ip("192.0.2.1"), *parse_ip("2001:db8::1")};
  const FlowEnd client = end("198.51.100.7", 40000);
  const FlowEnd client6 = end("2001:db8::7", 40000);
  struct Case {
    const char* what;
    Flow flow;
    bool is_stale;
  };
  const Case cases[] = {
      {"from the address", {IPPROTO_TCP, end("10.214.0.9", 1), client, client, {}}, true},
      {"to the address", {IPPROTO_TCP, client6, end("fd00::9", 1), end("fd00::9", 1), {}}, true},
      {"translated to the address",
       {IPPROTO_TCP, client, end("192.0.2.1", 80), end("10.214.0.9", 80), {}},
       true},
      {"of somebody else", {IPPROTO_TCP, client, end("192.0.2.1", 80), client, {}}, false},
      {"to the host itself",
       {IPPROTO_UDP, client, end("192.0.2.1", 5000), end("192.0.2.1", 5000), {}},
       true},
      {"the same by IPv6",
       {IPPROTO_UDP, client6, end("2001:db8::1", 5000), end("2001:db8::1", 5000), {}},
       true},
      {"on loopback",
       {IPPROTO_UDP, end("127.0.0.1", 1), end("127.0.0.2", 5000), end("127.0.0.2", 5000), {}},
       true},
      {"to who has it now",
       {IPPROTO_UDP, client, end("192.0.2.1", 5000), end("10.214.0.2", 53), {}},
       false},
      {"to another port of who has it now",
       {IPPROTO_UDP, client, end("192.0.2.1", 5000), end("10.214.0.2", 54), {}},
       true},
      {"by TCP", {IPPROTO_TCP, client, end("192.0.2.1", 5000), end("192.0.2.1", 5000), {}}, false},
      {"to that port of another machine",
       {IPPROTO_UDP, client, end("203.0.113.1", 5000), end("203.0.113.1", 5000), {}},
       false},
      {"of a family that is not published",
       {IPPROTO_UDP, client6, end("2001:db8::1", 5001), end("2001:db8::1", 5001), {}},
       false},
  };
  for (const Case& c : cases) EXPECT_EQ(is_stale(c.flow, stale), c.is_stale) << c.what;
}

}  // namespace
}  // namespace berth::netns
