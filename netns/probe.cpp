// probe.cpp - an ear for each family, and questions.
#include "netns/probe.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace berth::netns {

namespace {

/// So that switches which look into multicast groups let the others' questions through.
Result<UniqueFd> join_groups_of(const std::vector<IpAddress>& addresses, std::uint32_t link) {
  UniqueFd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return os_error(errno, "open a socket of IPv6");
  for (const IpAddress& address : addresses) {
    ipv6_mreq group{};
    const IpAddress asked_by = solicited_node_of(address);
    std::copy(asked_by.octets.begin(), asked_by.octets.end(), group.ipv6mr_multiaddr.s6_addr);
    group.ipv6mr_interface = link;
    const int joined =
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &group, sizeof group);
    if (joined != 0 && errno != EADDRINUSE) {
      return os_error(errno, "join the group of " + text_of(address));
    }
  }
  return fd;
}

}  // namespace

Result<Probe> Probe::begin(std::uint32_t link, const MacAddress& own,
                           const std::vector<IpAddress>& addresses) {
  Probe probe;
  probe.any_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!probe.any_) return os_error(errno, "make an epoll");
  for (const bool is_v6 : {false, true}) BERTH_CHECK(probe.add(link, is_v6, own, addresses));
  BERTH_CHECK(probe.ask());
  return probe;
}

Result<> Probe::add(std::uint32_t link, bool is_v6, const MacAddress& own,
                    const std::vector<IpAddress>& all) {
  std::vector<IpAddress> addresses;
  std::copy_if(all.begin(), all.end(), std::back_inserter(addresses),
               [is_v6](const IpAddress& one) { return one.is_v6 == is_v6; });
  if (addresses.empty()) return ok();
  BERTH_TRY(LanEar ear, LanEar::open(link, is_v6, own));
  BERTH_CHECK(ear.follow(addresses, true));
  if (is_v6) {
    BERTH_TRY(member_, join_groups_of(addresses, link));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(any_.get(), EPOLL_CTL_ADD, ear.fd(), &event) != 0) {
    return os_error(errno, "wait for answers of a LAN");
  }
  asked_.push_back({std::move(ear), std::move(addresses)});
  return ok();
}

Result<> Probe::ask() {
  for (Asked& one : asked_) {
    for (const IpAddress& address : one.addresses) BERTH_CHECK(one.ear.ask(address));
  }
  return ok();
}

Result<std::optional<Claim>> Probe::hear() {
  for (Asked& one : asked_) {
    BERTH_TRY(const std::vector<Claim> claims, one.ear.read());
    if (!claims.empty()) return std::optional<Claim>(claims.front());
  }
  return std::optional<Claim>();
}

std::string in_use_text(const Claim& claim) {
  return "address " + text_of(claim.address) + " is in use by " + text_of(claim.by);
}

}  // namespace berth::netns
