// traffic.hpp - what has passed a network, counted on the host's end.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "netns/netlink.hpp"

namespace berth::netns {

/// Since the interface was made; made again, it counts from zero. source: ECS, networkStatsSet of
/// PublishMetrics.
struct Traffic {
  struct Way {
    std::uint64_t bytes = 0;  ///< of whole Ethernet frames
    std::uint64_t packets = 0;
    std::uint64_t errors = 0;
    std::uint64_t dropped = 0;
    bool operator==(const Way&) const = default;
  };
  Way received = {};  ///< by the network
  Way sent = {};
  bool operator==(const Traffic&) const = default;
};

/// Of the network whose host's end that is: what the host's end sends, the network receives. Nobody
/// inside can change these counters. fails: NotFound (no such device).
Result<Traffic> traffic_of(Netlink& netlink, const std::string& host_end);

/// The same of the kernel's answer; pure. fails: Broken (it holds no counters).
Result<Traffic> traffic_in(const Message& answer);

}  // namespace berth::netns
