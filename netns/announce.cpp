// announce.cpp - one frame by a packet socket.
#include "netns/announce.hpp"

#include "netns/lan_frames.hpp"
#include "netns/lan_socket.hpp"

namespace berth::netns {

Result<> announce(std::uint32_t link, const IpAddress& address, const MacAddress& mac) {
  BERTH_TRY(const UniqueFd fd, open_packet_socket());
  return send_frame(fd.get(), link, announcement(address, mac));
}

}  // namespace berth::netns
