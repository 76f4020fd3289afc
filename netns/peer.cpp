// peer.cpp - IFLA_LINK and RTM_GETNSID, compared from both sides.
#include "netns/peer.hpp"

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>

namespace berth::netns {

namespace {

constexpr std::string_view kVeth = "veth";

/// source: Linux, Documentation/admin-guide/sysctl/net.rst, fb_tunnels_only_for_init_net.
constexpr std::array<std::string_view, 9> kFallbacks{
    "tunl0", "gre0", "gretap0", "erspan0", "sit0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0"};

/// The number by which `here` knows a namespace; nullopt: it never met it.
Result<std::optional<std::int32_t>> number_of(Netlink& here, int netns) {
  Request question(RTM_GETNSID, 0, rtgenmsg{}, "ask for the number of a network namespace");
  question.number32(NETNSA_FD, static_cast<std::uint32_t>(netns));
  BERTH_TRY(const std::vector<Message> answers, here.ask(question));
  // The family header is one byte, and attributes begin at the next multiple of four.
  constexpr std::size_t kHeader = NLMSG_ALIGN(sizeof(rtgenmsg));
  for (const Message& answer : answers) {
    if (answer.type != RTM_NEWNSID) continue;
    const auto number = attributes_of(answer, kHeader).number32(NETNSA_NSID);
    if (!number || static_cast<std::int32_t>(*number) == NETNSA_NSID_NOT_ASSIGNED) break;
    return std::optional(static_cast<std::int32_t>(*number));
  }
  return std::optional<std::int32_t>();
}

}  // namespace

Result<Link> peer_of(Netlink& here, const Namespace& inside, const Link& link) {
  if (link.kind != kVeth) {
    return Error{Errc::Invalid, 0,
                 link.name + " is " + (link.kind.empty() ? "a device" : "of kind " + link.kind) +
                     " without another end on the host"};
  }
  const Error elsewhere{Errc::Invalid, 0, "the other end of " + link.name + " is not on the host"};
  Result<Link> other = find_link(here, link.peer_link);
  if (other.failed_with(Errc::NotFound)) return elsewhere;
  if (!other) return std::move(other).error();
  BERTH_TRY(const std::optional<std::int32_t> number, number_of(here, inside.fd.get()));
  // A device of that number may be here by chance: each must lead to the other.
  const bool is_its = other->kind == kVeth && other->peer_link == link.index && number &&
                      other->peer_netns == number;
  if (!is_its) return elsewhere;
  return other;
}

Result<std::vector<Link>> doors_of(Netlink& inside) {
  BERTH_TRY(std::vector<Link> links, list_links(inside));
  std::erase_if(links, [](const Link& link) {
    const bool is_fallback =
        std::find(kFallbacks.begin(), kFallbacks.end(), link.name) != kFallbacks.end() &&
        !link.is_up;
    return link.name == "lo" || is_fallback;
  });
  return links;
}

}  // namespace berth::netns
