// flow_codec.cpp - tuples of conntrack to flows.
#include "netns/flow_codec.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "netns/address.hpp"

namespace berth::netns {

namespace {

constexpr std::uint16_t message_type(std::uint16_t message) {
  return static_cast<std::uint16_t>((NFNL_SUBSYS_CTNETLINK << 8) | message);
}

nfgenmsg header_for(int family) {
  nfgenmsg header{};
  header.nfgen_family = static_cast<std::uint8_t>(family);
  header.version = NFNETLINK_V0;
  return header;
}

/// A tuple has an address of either family.
std::optional<IpAddress> one_of(const Attributes& ip, std::uint16_t v4, std::uint16_t v6) {
  const std::optional<std::string_view> octets = ip.find(v4);
  return address_in(octets ? octets : ip.find(v6));
}

/// In network order.
std::uint16_t port_in(const Attributes& protocol, std::uint16_t attribute) {
  const auto bytes = protocol.find(attribute);
  if (!bytes || bytes->size() != 2) return 0;
  return static_cast<std::uint16_t>(static_cast<unsigned char>((*bytes)[0]) << 8 |
                                    static_cast<unsigned char>((*bytes)[1]));
}

/// Sender and receiver of one direction.
std::optional<std::pair<FlowEnd, FlowEnd>> ends_in(const Attributes& tuple) {
  const Attributes ip = tuple.inside(CTA_TUPLE_IP);
  const Attributes protocol = tuple.inside(CTA_TUPLE_PROTO);
  const auto from = one_of(ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC);
  const auto to = one_of(ip, CTA_IP_V4_DST, CTA_IP_V6_DST);
  if (!from || !to || tuple.find(CTA_TUPLE_ZONE)) return std::nullopt;
  return std::pair{FlowEnd{*from, port_in(protocol, CTA_PROTO_SRC_PORT)},
                   FlowEnd{*to, port_in(protocol, CTA_PROTO_DST_PORT)}};
}

bool is_loopback(const IpAddress& address) {
  return !address.is_v6 && address.octets[0] == 127;
}

}  // namespace

Request flows_question() {
  return {message_type(IPCTNL_MSG_CT_GET), NLM_F_DUMP, header_for(AF_UNSPEC), "list flows"};
}

std::optional<Flow> flow_in(const Message& message) {
  if (message.type != message_type(IPCTNL_MSG_CT_NEW)) return std::nullopt;
  const Attributes attributes = attributes_of(message, sizeof(nfgenmsg));
  const Attributes original = attributes.inside(CTA_TUPLE_ORIG);
  const auto there = ends_in(original);
  const auto back = ends_in(attributes.inside(CTA_TUPLE_REPLY));
  const auto number = original.inside(CTA_TUPLE_PROTO).find(CTA_PROTO_NUM);
  const bool has_zone = attributes.find(CTA_ZONE).has_value();
  if (!there || !back || !number || number->size() != 1 || has_zone) return std::nullopt;
  Flow flow;
  flow.protocol = static_cast<std::uint8_t>(number->front());
  std::tie(flow.from, flow.to) = *there;
  std::tie(flow.answers_from, flow.answers_to) = *back;
  flow.key = attributes.find(CTA_TUPLE_ORIG).value_or("");
  flow.id = attributes.find(CTA_ID).value_or("");
  return flow;
}

Request flow_removal(const Flow& flow) {
  Request request(
      message_type(IPCTNL_MSG_CT_DELETE), 0, header_for(family_of(flow.from.address)),
      "forget the flow to " + text_of(flow.to.address) + " port " + std::to_string(flow.to.port));
  request.bytes(CTA_TUPLE_ORIG | NLA_F_NESTED, flow.key.data(), flow.key.size());
  if (!flow.id.empty()) request.bytes(CTA_ID, flow.id.data(), flow.id.size());
  return request.forgive(ENOENT);
}

bool is_stale(const Flow& flow, const StaleFlows& stale) {
  for (const FlowEnd& end : {flow.from, flow.to, flow.answers_from}) {
    if (stale.addresses.contains(end.address)) return true;
  }
  const auto port = stale.ports.find({flow.protocol, flow.to.port});
  if (port == stale.ports.end() || port->second.contains(flow.answers_from)) return false;
  const bool is_published = std::any_of(
      port->second.begin(), port->second.end(),
      [&flow](const FlowEnd& target) { return target.address.is_v6 == flow.to.address.is_v6; });
  return is_published &&
         (is_loopback(flow.to.address) || stale.host_addresses.contains(flow.to.address));
}

}  // namespace berth::netns
