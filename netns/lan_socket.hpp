// lan_socket.hpp - whole frames of a link.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::netns {

/// Its end waits for a grace period of RCU, 10 ms and more: a thread of its own does that.
class PacketSocket {
 public:
  /// Of the calling thread's namespace; hears nothing before it is bound. fails: Denied, Exhausted.
  static Result<PacketSocket> open();
  PacketSocket(PacketSocket&&) = default;
  PacketSocket& operator=(PacketSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~PacketSocket();

  int fd() const { return fd_.get(); }

 private:
  explicit PacketSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

/// Begins to hear frames of one Ethernet type that come in by the link. fails: NotFound.
Result<> bind_packet_socket(int fd, std::uint32_t link, std::uint16_t type);

/// A link that carries nothing, or is gone, is a success: there is nobody who could hear it.
Result<> send_frame(int fd, std::uint32_t link, const std::string& frame);

}  // namespace berth::netns
