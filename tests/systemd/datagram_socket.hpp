// datagram_socket.hpp - a unix socket that plays systemd or journald.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/unique_fd.hpp"

namespace berth::testing {

/// Bound at a path, or at "@name".
class DatagramSocket {
 public:
  explicit DatagramSocket(std::string name) : name_(std::move(name)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, name_.data(), name_.size());
    if (name_.front() == '@') at.sun_path[0] = '\0';
    socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    bound_ = ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), length) == 0;
  }
  ~DatagramSocket() {
    if (name_.front() == '/') std::filesystem::remove(name_);
  }

  /// What has come, without waiting.
  std::string next() {
    char text[2048];
    const ssize_t got = ::recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
    return got < 0 ? "(nothing)" : std::string(text, static_cast<std::size_t>(got));
  }
  bool is_bound() const { return bound_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  UniqueFd socket_;
  bool bound_ = false;
};

/// begin: "@" or a folder with its '/'.
inline std::string unique_socket_name(const std::string& begin) {
  static int count = 0;
  return begin + "berth-socket-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

}  // namespace berth::testing
