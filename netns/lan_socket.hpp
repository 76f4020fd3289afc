// lan_socket.hpp - whole frames of a link.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::netns {

/// Of the calling thread's namespace; hears nothing before it is bound. fails: Denied, Exhausted.
Result<UniqueFd> open_packet_socket();

/// Begins to hear frames of one Ethernet type that come in by the link. fails: NotFound.
Result<> bind_packet_socket(int fd, std::uint32_t link, std::uint16_t type);

/// A link that carries nothing, or is gone, is a success: there is nobody who could hear it.
Result<> send_frame(int fd, std::uint32_t link, const std::string& frame);

}  // namespace berth::netns
