// shaping.hpp - what passes an interface, held to a rate on the host's side of it.
//
//      task                host
//      eth0  -- veth --  be0123456789ab     tbf: what reaches the task
//                          | ingress, u32, mirred
//                        bi0123456789ab     ifb with a tbf: what the task sends
//
// Only queues that leave a device can wait, so what the task sends is led through a device of its
// own (ifb) before the host has received it; to the host's rules it still comes from the veth. The
// host's other devices are not touched, and nothing of this can be undone inside the namespace.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "netns/link.hpp"
#include "netns/netlink.hpp"
#include "netns/spec.hpp"

namespace berth::netns {

/// The settings of a tbf, the kernel's token bucket filter.
struct TokenBucket {
  std::uint64_t rate = 0;   ///< bytes per second, of whole Ethernet frames
  std::uint32_t burst = 0;  ///< bytes that may pass at once after a pause
  std::uint32_t limit = 0;  ///< bytes waiting or passing; what comes on top is dropped
  bool operator==(const TokenBucket&) const = default;
};

/// burst: what comes in 10 ms, the longest tick of a kernel, or two of the largest frames.
/// limit: besides the burst what leaves in 50 ms, or what a sender hands over in one piece: 64 KiB.
/// source: tc-tbf(8), "burst", "limit".
TokenBucket bucket_of(std::uint64_t bits_per_second, std::uint32_t mtu);

/// All that leaves the device goes through the bucket. again: yes; sets a bucket that is there.
Request bucket_request(std::uint32_t link, const TokenBucket& bucket);

/// Makes an ifb. again: yes; a device that has the name is a success.
Request ifb_request(const std::string& name);

/// What the device receives can be filtered. again: yes.
Request ingress_request(std::uint32_t link);

/// What the device receives leaves by the ifb first. again: yes; replaces where it went before.
Request redirect_request(std::uint32_t link, std::uint32_t ifb);

/// Whose traffic is held to which rates.
struct Shaping {
  std::string link = {};   ///< the host's end of the veth
  std::string ifb = {};    ///< 1 to 15 characters
  std::string alias = {};  ///< of the ifb: whose it is
  Bandwidth bandwidth = {};
};

/// Sets the limits there are; one that there was before stays.
///
/// fails: Invalid (a rate out of bounds; the kernel lacks ifb), Exists (another owner's device has
/// the ifb's name),
///        NotFound (no link; or the kernel lacks sch_tbf, sch_ingress, cls_u32, act_mirred),
///        Denied.
/// again: yes; what is there stays, what is half made is completed.
Result<> shape(Netlink& host, const Shaping& shaping);

/// Removes the ifb if it is that owner's. Blocks some 20 ms when there is one; what the task sends
/// after that is dropped. again: yes.
Result<> remove_ifb(Netlink& host, const std::string& name, const std::string& alias);

}  // namespace berth::netns
