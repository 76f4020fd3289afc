// listener.hpp - a listening TCP or unix socket; known to base/http only.
#pragma once

#include <cstdint>
#include <string>

#include "base/http/server.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::http {

/// A bound, listening, non-blocking socket.
struct Listening {
  UniqueFd fd;
  int family = 0;
  std::uint16_t port = 0;  ///< as bound; 0 for unix, and for an inherited one
};

/// fails:  Exhausted (address in use), Denied, Invalid (bad address, no listening socket).
Result<Listening> listen_at(const Listen& where);

/// The other end of an accepted socket.
Peer peer_of(int fd);

}  // namespace berth::http
