// lan_ear.cpp - a packet socket with a filter.
#include "netns/lan_ear.hpp"

#include <net/ethernet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "netns/lan_filter.hpp"

namespace berth::netns {

namespace {

Result<> attach(int fd, std::vector<sock_filter> filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0) return ok();
  return os_error(errno, "choose what to hear of a LAN");
}

}  // namespace

Result<LanEar> LanEar::open(std::uint32_t link, bool is_v6, const MacAddress& own) {
  BERTH_TRY(PacketSocket socket, PacketSocket::open());
  LanEar ear(std::move(socket), link, is_v6, own);
  // Before it is bound: it would hear everything.
  BERTH_CHECK(ear.follow({}, false));
  BERTH_CHECK(bind_packet_socket(ear.fd(), link, is_v6 ? ETHERTYPE_IPV6 : ETHERTYPE_ARP));
  return ear;
}

Result<> LanEar::follow(std::vector<IpAddress> addresses, bool hears_probes) {
  BERTH_CHECK(attach(socket_.fd(), claims_filter(is_v6_, own_, addresses, hears_probes)));
  addresses_ = std::move(addresses);
  hears_probes_ = hears_probes;
  return ok();
}

Result<std::vector<Claim>> LanEar::read() {
  constexpr int kMost = 64;
  std::vector<Claim> claims;
  std::string frame(2048, '\0');
  for (int count = 0; count < kMost; ++count) {
    const ssize_t size = ::recv(socket_.fd(), frame.data(), frame.size(), 0);
    if (size < 0 && (errno == EINTR || errno == ENETDOWN)) continue;
    if (size < 0 && errno == EAGAIN) break;
    if (size < 0) return os_error(errno, "hear of addresses on a LAN");
    const auto claim = claim_in(std::string_view(frame).substr(0, static_cast<std::size_t>(size)));
    if (!claim || claim->by == own_) continue;
    if (claim->kind == Claim::Kind::Asks && !hears_probes_) continue;
    const bool is_followed =
        std::find(addresses_.begin(), addresses_.end(), claim->address) != addresses_.end();
    if (is_followed) claims.push_back(*claim);
  }
  return claims;
}

Result<> LanEar::ask(const IpAddress& address) {
  return send_frame(socket_.fd(), link_, probe(address, own_));
}

Result<> LanEar::announce(const IpAddress& address) {
  return send_frame(socket_.fd(), link_, announcement(address, own_));
}

}  // namespace berth::netns
