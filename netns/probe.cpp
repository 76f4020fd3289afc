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

std::vector<IpAddress> of_family(bool is_v6, const std::vector<IpAddress>& all) {
  std::vector<IpAddress> addresses;
  std::copy_if(all.begin(), all.end(), std::back_inserter(addresses),
               [is_v6](const IpAddress& one) { return one.is_v6 == is_v6; });
  return addresses;
}

}  // namespace

Result<Probe> Probe::begin(std::uint32_t link, const MacAddress& own,
                           const std::vector<IpAddress>& addresses,
                           const std::vector<IpAddress>& besides) {
  Probe probe;
  probe.any_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!probe.any_) return os_error(errno, "make an epoll");
  for (const bool is_v6 : {false, true}) {
    std::vector<IpAddress> asked = of_family(is_v6, addresses);
    std::vector<IpAddress> heard = of_family(is_v6, besides);
    heard.insert(heard.end(), asked.begin(), asked.end());
    if (!heard.empty()) BERTH_CHECK(probe.add(link, own, std::move(asked), heard));
  }
  BERTH_CHECK(probe.ask());
  return probe;
}

/// heard: of one family, and not empty.
Result<> Probe::add(std::uint32_t link, const MacAddress& own, std::vector<IpAddress> asked,
                    const std::vector<IpAddress>& heard) {
  const bool is_v6 = heard.front().is_v6;
  BERTH_TRY(LanEar ear, LanEar::open(link, is_v6, own));
  BERTH_CHECK(ear.follow(heard, true));
  if (is_v6) {
    BERTH_TRY(member_, join_groups_of(heard, link));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(any_.get(), EPOLL_CTL_ADD, ear.fd(), &event) != 0) {
    return os_error(errno, "wait for answers of a LAN");
  }
  asked_.push_back({std::move(ear), std::move(asked)});
  return ok();
}

Result<> Probe::ask() {
  for (Asked& one : asked_) {
    for (const IpAddress& address : one.addresses) BERTH_CHECK(one.ear.ask(address));
  }
  return ok();
}

Result<std::optional<Claim>> Probe::hear() {
  BERTH_TRY(const std::vector<Claim> claims, hear_all());
  return claims.empty() ? std::optional<Claim>() : claims.front();
}

Result<std::vector<Claim>> Probe::hear_all() {
  std::vector<Claim> all;
  for (Asked& one : asked_) {
    BERTH_TRY(const std::vector<Claim> claims, one.ear.read());
    all.insert(all.end(), claims.begin(), claims.end());
  }
  return all;
}

std::string in_use_text(const Claim& claim) {
  return "address " + text_of(claim.address) + " is in use by " + text_of(claim.by);
}

}  // namespace berth::netns
