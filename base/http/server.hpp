// server.hpp - an HTTP and websocket server on TCP, TLS or a unix socket.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/async.hpp"
#include "base/http/message.hpp"
#include "base/http/websocket.hpp"
#include "base/nursery.hpp"

namespace berth::http {

/// Where to listen: a TCP address, a unix socket path, or a socket that listens already.
struct Listen {
  std::string address;      ///< "127.0.0.1", "::1", "0.0.0.0"; "" with unix_path
  std::uint16_t port = 0;   ///< 0 lets the kernel choose; see Server::port()
  std::string unix_path{};  ///< made with mode 0600; a stale socket there is replaced
  std::string tls_cert{};   ///< PEM files; both or none
  std::string tls_key{};
  int inherited_fd = -1;  ///< a listening socket, from then on the server's; goes before both
};

/// A client, as the handler sees it.
struct Peer {
  std::string address;  ///< numeric; "" for unix
  std::uint16_t port = 0;
  std::string local_address;  ///< our own end of the connection, numeric; "" for unix
  std::string device{};       ///< of IPv4: what the connection came in through, "lo"; else ""
};

using Handler = std::function<Async<Response>(Request, Peer)>;
/// Asked when a request wants a websocket: nullopt accepts (101), a Response refuses.
using UpgradeGate = std::function<Async<std::optional<Response>>(Request, Peer)>;
/// Owns the conversation; the socket is closed when it returns.
using WebSocketHandler = std::function<Async<>(Request, std::unique_ptr<WebSocket>, Peer)>;

struct ServerLimits {
  std::size_t body = 4 << 20;     ///< bytes of a request's body; past it 413
  std::size_t header = 64 << 10;  ///< bytes of a request's head; past it 431
  std::size_t connections = 256;  ///< more wait in the listen queue
  std::chrono::seconds idle{60};  ///< a kept connection without a request, or a slow request
};

/// Serves until its nursery is stopped. A handler's failure becomes a 500 with its text logged,
/// not sent. Owned by the daemon; loop thread only.
class Server {
 public:
  struct Handlers {
    Handler request;
    UpgradeGate gate;  ///< empty: every upgrade is answered 404
    WebSocketHandler conversation;
  };

  /// Binds and starts accepting in `nursery`.
  ///
  /// fails:  Exhausted (address in use), Denied, Invalid (bad address, certificate or key).
  static Result<std::unique_ptr<Server>> start(Listen where, Handlers handlers, ServerLimits limits,
                                               Nursery& nursery);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
};

}  // namespace berth::http
