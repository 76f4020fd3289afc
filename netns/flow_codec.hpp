// flow_codec.hpp - flows that the kernel tracks, and which of them are stale; no socket.
// source: linux/netfilter/nfnetlink_conntrack.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "netns/netlink_codec.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

struct FlowEnd {
  IpAddress address = {};
  std::uint16_t port = 0;  ///< 0 for protocols without ports
  auto operator<=>(const FlowEnd&) const = default;
};

/// A flow: who began it towards whom, and how the answers come. They differ where addresses are
/// translated: `answers_from` is who really has it.
struct Flow {
  std::uint8_t protocol = 0;  ///< IPPROTO_UDP, ...
  FlowEnd from = {};
  FlowEnd to = {};
  FlowEnd answers_from = {};
  FlowEnd answers_to = {};
  std::string key = {};  ///< the kernel's own bytes, to name it by
  std::string id = {};   ///< another flow of the same key has another
  bool operator==(const Flow&) const = default;
};

/// Everything that is tracked, of both families.
Request flows_question();

/// nullopt: no flow, or one of a zone, which is somebody's with tables of his own.
std::optional<Flow> flow_in(const Message& message);

/// again: yes; a flow that is gone is a success.
Request flow_removal(const Flow& flow);

/// Flows that must not go on as they are.
struct StaleFlows {
  /// Their owner is new, or gone: whatever comes from them or goes to them.
  std::set<IpAddress> addresses = {};
  /// Ports of the host, by protocol and number, and where packets to them go now, one for each
  /// family: flows to `host_addresses` that go elsewhere.
  std::map<std::pair<std::uint8_t, std::uint16_t>, std::set<FlowEnd>> ports = {};
  std::set<IpAddress> host_addresses = {};  ///< besides these all of 127.0.0.0/8
};
bool is_stale(const Flow& flow, const StaleFlows& stale);

}  // namespace berth::netns
