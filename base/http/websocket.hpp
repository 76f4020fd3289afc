// websocket.hpp - a websocket's text messages, as client or as accepted by a server.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/http/client.hpp"
#include "base/http/message.hpp"

namespace berth::http {

/// How the other side ended the conversation.
struct Closed {
  std::uint16_t code = 1006;  ///< RFC 6455; 1006 when it went away without a word
  std::string reason{};
};

/// One open websocket, over TCP or TLS. One coroutine reads, any number may write (writes queue).
/// Pings are answered while a read is waiting. A read given up, by deadline or cancel, loses
/// nothing: the next one goes on with it. May be destroyed while reads and writes wait; they fail
/// with Unavailable, and the other side sees the connection break. Loop thread only.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  /// The next text (or binary) message, whole, at most 4 MiB.
  ///
  /// fails:  Unavailable (closed or reset: see closed()), TimedOut, Cancelled, Exhausted (too big).
  virtual Async<std::string> read(Deadline by) = 0;
  /// fails:  Unavailable, TimedOut, Cancelled.
  virtual Async<> write(std::string message, Deadline by) = 0;
  /// Says goodbye and waits for the other side's answer, but not past `by`; then the socket is
  /// shut. A read waiting meanwhile fails with Unavailable.
  virtual Async<> close(Closed why, Deadline by) = 0;
  /// Set once a read has failed because the other side closed.
  virtual std::optional<Closed> closed() const = 0;
};

/// What an upgrade led to: a socket, or the server's refusal (any status but 101) with its body.
struct Upgrade {
  std::unique_ptr<WebSocket> socket;
  Response refusal;  ///< meaningful when socket is null
};

/// Opens ws:// or wss://. `headers` are added to the upgrade request as they are; url.query is sent
/// byte for byte.
///
/// fails:  Unavailable, TimedOut, Cancelled, Broken. A refusal is not a failure.
Async<Upgrade> connect_websocket(Url url, Headers headers, TlsOptions tls, Deadline by);

}  // namespace berth::http
