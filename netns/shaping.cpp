// shaping.cpp - RTM_NEWQDISC, RTM_NEWTFILTER: tbf, ingress, u32, mirred.
#include "netns/shaping.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <vector>

#include "base/crash_point.hpp"

namespace berth::netns {

namespace {

constexpr std::uint64_t kTicksPerSecond = 100;   // the fewest a kernel is built with, CONFIG_HZ
constexpr std::uint64_t kQueuesPerSecond = 20;   // 50 ms each
constexpr std::uint64_t kLargestPiece = 65'536;  // what a sender hands over at once, GSO_MAX_SIZE
constexpr std::uint32_t kBucketHandle = TC_H_MAKE(1U << 16, 0U);       // "1:"
constexpr std::uint32_t kIngressHandle = TC_H_MAKE(TC_H_INGRESS, 0U);  // "ffff:"
constexpr std::uint32_t kFilterHandle = 0x8000'0001;                   // "800::1"
constexpr std::uint32_t kFilterPriority = 1;

tcmsg about(std::uint32_t link, std::uint32_t parent, std::uint32_t handle) {
  tcmsg header{};
  header.tcm_ifindex = static_cast<int>(link);
  header.tcm_parent = parent;
  header.tcm_handle = handle;
  return header;
}

std::string device(std::uint32_t link) {
  return "device " + std::to_string(link);
}

Result<> check(const char* name, const std::optional<std::uint64_t>& rate) {
  if (!rate || (*rate >= kLeastBandwidth && *rate <= kMostBandwidth)) return ok();
  return Error{Errc::Invalid, 0,
               std::string(name) + " bandwidth " + std::to_string(*rate) + " is not from " +
                   std::to_string(kLeastBandwidth) + " to " + std::to_string(kMostBandwidth) +
                   " bits per second"};
}

/// The ifb, up and with its owner's name on it.
Result<Link> ensure_ifb(Netlink& host, const Shaping& shaping) {
  const Result<Link> before = find_link(host, shaping.ifb);
  if (!before && !before.failed_with(Errc::NotFound)) return before;
  const bool is_ours = !before || (before->kind == "ifb" &&
                                   (before->alias.empty() || before->alias == shaping.alias));
  if (!is_ours) {
    return Error{Errc::Exists, EEXIST,
                 "create ifb " + shaping.ifb + ": device belongs to \"" + before->alias + "\""};
  }
  // In one call, so that no ifb is left without a name on it when we are killed.
  BERTH_CHECK(host.change(
      {ifb_request(shaping.ifb),
       link_change_request({.name = shaping.ifb, .alias = shaping.alias, .up = true})}));
  BERTH_CRASH_POINT("shaping.ifb-made");
  return find_link(host, shaping.ifb);
}

}  // namespace

TokenBucket bucket_of(std::uint64_t bits_per_second, std::uint32_t mtu) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  TokenBucket bucket;
  bucket.rate = bits_per_second / 8;
  const std::uint64_t two_frames = 2 * (std::uint64_t{mtu} + ETH_HLEN);
  const std::uint64_t burst = std::max(bucket.rate / kTicksPerSecond, two_frames);
  const std::uint64_t limit = burst + std::max(bucket.rate / kQueuesPerSecond, kLargestPiece);
  bucket.burst = static_cast<std::uint32_t>(std::min(burst, kMost));
  bucket.limit = static_cast<std::uint32_t>(std::min(limit, kMost));
  return bucket;
}

Request bucket_request(std::uint32_t link, const TokenBucket& bucket) {
  tc_tbf_qopt settings{};
  // The kernel takes the larger of this and TCA_TBF_RATE64.
  settings.rate.rate = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(bucket.rate, std::numeric_limits<std::uint32_t>::max()));
  settings.rate.linklayer = TC_LINKLAYER_ETHERNET;  // else a table of times would be needed
  settings.limit = bucket.limit;
  Request request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, about(link, TC_H_ROOT, kBucketHandle),
                  "limit what leaves " + device(link) + " by a tbf");
  request.text(TCA_KIND, "tbf").open(TCA_OPTIONS);
  request.bytes(TCA_TBF_PARMS, &settings, sizeof settings);
  request.bytes(TCA_TBF_RATE64, &bucket.rate, sizeof bucket.rate);
  request.number32(TCA_TBF_BURST, bucket.burst);
  request.close();
  return request;
}

Request ifb_request(const std::string& name) {
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{}, "create ifb " + name);
  request.text(IFLA_IFNAME, name).open(IFLA_LINKINFO).text(IFLA_INFO_KIND, "ifb").close();
  request.forgive(EEXIST);
  return request;
}

Request ingress_request(std::uint32_t link) {
  Request request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL,
                  about(link, TC_H_INGRESS, kIngressHandle),
                  "filter what " + device(link) + " receives");
  request.text(TCA_KIND, "ingress").forgive(EEXIST);
  return request;
}

Request redirect_request(std::uint32_t link, std::uint32_t ifb) {
  tc_u32_sel selector{};
  selector.flags = TC_U32_TERMINAL;
  selector.nkeys = 1;
  std::string match(reinterpret_cast<const char*>(&selector), sizeof selector);
  match.append(sizeof(tc_u32_key), '\0');  // no bit of the packet is looked at
  tc_mirred redirection{};
  redirection.action = TC_ACT_STOLEN;
  redirection.eaction = TCA_EGRESS_REDIR;
  redirection.ifindex = ifb;

  tcmsg header = about(link, kIngressHandle, kFilterHandle);
  header.tcm_info = TC_H_MAKE(kFilterPriority << 16, htons(ETH_P_ALL));
  Request request(RTM_NEWTFILTER, NLM_F_CREATE, header,
                  "redirect what " + device(link) + " receives to " + device(ifb));
  request.text(TCA_KIND, "u32").open(TCA_OPTIONS);
  request.bytes(TCA_U32_SEL, match.data(), match.size());
  request.open(TCA_U32_ACT).open(1).text(TCA_ACT_KIND, "mirred").open(TCA_ACT_OPTIONS);
  request.bytes(TCA_MIRRED_PARMS, &redirection, sizeof redirection);
  request.close().close().close().close();
  return request;
}

Result<> shape(Netlink& host, const Shaping& shaping) {
  const auto& [ingress, egress] = shaping.bandwidth;
  BERTH_CHECK(check("ingress", ingress));
  BERTH_CHECK(check("egress", egress));
  if (!ingress && !egress) return ok();
  BERTH_TRY(const Link link, find_link(host, shaping.link));
  if (ingress) {
    BERTH_CHECK(host.change(bucket_request(link.index, bucket_of(*ingress, link.mtu))));
    BERTH_CRASH_POINT("shaping.ingress-limited");
  }
  if (!egress) return ok();
  BERTH_TRY(const Link ifb, ensure_ifb(host, shaping));
  BERTH_CHECK(host.change({bucket_request(ifb.index, bucket_of(*egress, link.mtu)),
                           ingress_request(link.index), redirect_request(link.index, ifb.index)}));
  BERTH_CRASH_POINT("shaping.egress-limited");
  return ok();
}

Result<> remove_ifb(Netlink& host, const std::string& name, const std::string& alias) {
  const Result<Link> ifb = find_link(host, name);
  if (ifb.failed_with(Errc::NotFound)) return ok();
  if (!ifb) return ifb.error();
  const bool is_ours = ifb->kind == "ifb" && (ifb->alias.empty() || ifb->alias == alias);
  if (!is_ours) return ok();
  BERTH_CHECK(delete_link(host, name));
  BERTH_CRASH_POINT("shaping.ifb-removed");
  return ok();
}

}  // namespace berth::netns
