// netlink_codec_test.cpp - the codec against datagrams of a real kernel, and against broken ones.
#include "netns/netlink_codec.hpp"

#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <cerrno>

#include "netns/link.hpp"
#include "tests/netns/recorded.hpp"

namespace berth::netns {
namespace {

Message only(const std::string& datagram) {
  const auto messages = decode_messages(datagram);
  EXPECT_TRUE(messages) << messages.error();
  EXPECT_EQ(messages->size(), 1U);
  return messages->front();
}

TEST(DecodeMessages, FindsAllOfADatagram) {
  const auto messages = decode_messages(recorded("addresses.hex"));

  ASSERT_TRUE(messages) << messages.error();
  ASSERT_GE(messages->size(), 4U);
  EXPECT_EQ(messages->front().type, RTM_NEWADDR);
  EXPECT_EQ(messages->front().sequence, 4U);
  EXPECT_EQ(messages->back().type, NLMSG_DONE);
}

TEST(DecodeMessages, RefusesADatagramCutAnywhere) {
  const std::string whole = recorded("link-veth.hex");
  ASSERT_GT(whole.size(), 1000U);

  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_TRUE(decode_messages(whole.substr(0, size)).failed_with(Errc::Broken)) << size;
  }
}

TEST(DecodeMessages, RefusesALengthSmallerThanItsHeader) {
  EXPECT_TRUE(decode_messages(std::string(16, '\0')).failed_with(Errc::Broken));
}

TEST(DecodeAcknowledgement, ReadsTheErrnoOfAMissingDevice) {
  const auto said = decode_acknowledgement(only(recorded("link-missing.hex")));

  ASSERT_TRUE(said) << said.error();
  EXPECT_EQ(said->os_errno, ENODEV);
  EXPECT_EQ(said->explanation, "");
}

TEST(DecodeAcknowledgement, ReadsTheKernelsExplanation) {
  const auto said = decode_acknowledgement(only(recorded("route-refused.hex")));

  ASSERT_TRUE(said) << said.error();
  EXPECT_EQ(said->os_errno, ENETUNREACH);
  EXPECT_EQ(said->explanation, "Nexthop has invalid gateway");
}

TEST(DecodeAcknowledgement, RefusesOneWithoutErrno) {
  const Message empty{NLMSG_ERROR, 0, 1, "ab"};

  EXPECT_TRUE(decode_acknowledgement(empty).failed_with(Errc::Broken));
}

TEST(Attributes, AreReadByTypeAndLevel) {
  const Message link = only(recorded("link-veth.hex"));

  const Attributes attributes = attributes_of(link, sizeof(ifinfomsg));

  EXPECT_EQ(attributes.text(IFLA_IFNAME), "be0123456789ab");
  EXPECT_EQ(attributes.text(IFLA_IFALIAS), "berth--0123456789abcdef");
  EXPECT_EQ(attributes.number32(IFLA_MTU), 1400U);
  EXPECT_EQ(attributes.inside(IFLA_LINKINFO).text(IFLA_INFO_KIND), "veth");
  EXPECT_EQ(attributes.find(IFLA_VFINFO_LIST), std::nullopt);
  EXPECT_EQ(attributes.number32(IFLA_OPERSTATE), std::nullopt);  // one byte, not four
}

TEST(Attributes, IgnoreAnUnreadableRest) {
  const std::string bytes("\x08\0\x04\0\x78\x05\0\0\xff\0\x05\0", 12);

  const Attributes attributes(bytes);

  EXPECT_EQ(attributes.number32(IFLA_MTU), 1400U);
  EXPECT_EQ(attributes.find(IFLA_LINK), std::nullopt);
}

TEST(Request, IsEncodedWithLengthsSequenceAndFlags) {
  const Request request(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}, "list links");

  const Message message = only(request.encoded(77, NLM_F_ACK));

  EXPECT_EQ(message.type, RTM_GETLINK);
  EXPECT_EQ(message.flags, NLM_F_REQUEST | NLM_F_DUMP | NLM_F_ACK);
  EXPECT_EQ(message.sequence, 77U);
  EXPECT_EQ(message.body.size(), sizeof(ifinfomsg));
}

TEST(Request, NestsAVethsPeerAsTheKernelReadsIt) {
  VethPair pair;
  pair.name = "be0123456789ab";
  pair.mac = *parse_mac("fe:00:00:00:00:01");
  pair.mtu = 9001;
  pair.peer_name = "eth0";
  pair.peer_mac = *parse_mac("0a:00:00:00:00:02");
  pair.peer_netns = 42;

  const std::string wire = veth_request(pair).encoded(1, 0);
  const Message message = only(wire);
  const Attributes outer = attributes_of(message, sizeof(ifinfomsg));
  const auto data = outer.inside(IFLA_LINKINFO).inside(IFLA_INFO_DATA);
  const std::string_view peer = data.find(VETH_INFO_PEER).value_or("");

  EXPECT_EQ(wire.size() % 4, 0U);
  EXPECT_EQ(outer.text(IFLA_IFNAME), "be0123456789ab");
  EXPECT_EQ(outer.inside(IFLA_LINKINFO).text(IFLA_INFO_KIND), "veth");
  ASSERT_GT(peer.size(), sizeof(ifinfomsg));
  const Attributes inner(peer.substr(sizeof(ifinfomsg)));
  EXPECT_EQ(inner.text(IFLA_IFNAME), "eth0");
  EXPECT_EQ(inner.number32(IFLA_NET_NS_FD), 42U);
  EXPECT_EQ(inner.number32(IFLA_MTU), 9001U);
  EXPECT_EQ(inner.find(IFLA_ADDRESS), std::string_view("\x0a\0\0\0\0\x02", 6));
}

TEST(Request, ForgivesTheErrnoItWasToldAndSuccess) {
  Request request(RTM_DELLINK, 0, ifinfomsg{}, "delete link x");
  EXPECT_FALSE(request.forgives(ENODEV));

  request.forgive(ENODEV);

  EXPECT_TRUE(request.forgives(ENODEV));
  EXPECT_TRUE(request.forgives(0));
  EXPECT_FALSE(request.forgives(EPERM));
}

}  // namespace
}  // namespace berth::netns
