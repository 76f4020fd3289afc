// websocket_wire.hpp - a server's half of opening a websocket; known to base/http only.
#pragma once

#include <memory>

#include "base/http/websocket.hpp"
#include "base/http/wire.hpp"

namespace berth::http {

/// Answers 101 to `request`, which has been read from `connection` already.
///
/// fails:  Unavailable, Cancelled, Invalid (not a websocket upgrade).
Async<std::unique_ptr<WebSocket>> accept_websocket(std::unique_ptr<Connection> connection,
                                                   Request request);

}  // namespace berth::http
