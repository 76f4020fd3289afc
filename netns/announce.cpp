// announce.cpp - one frame by a packet socket.
#include "netns/announce.hpp"

#include "netns/lan_frames.hpp"
#include "netns/lan_socket.hpp"

namespace berth::netns {

Result<> announce(std::uint32_t link, const IpAddress& address, const MacAddress& mac) {
  BERTH_TRY(const PacketSocket socket, PacketSocket::open());
  return send_frame(socket.fd(), link, announcement(address, mac));
}

}  // namespace berth::netns
