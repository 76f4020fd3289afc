// client.hpp - one HTTP exchange over TCP, TLS or a unix socket, with a deadline and a size limit.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/async.hpp"
#include "base/http/message.hpp"

namespace berth::http {

struct TlsOptions {
  std::string ca_file{};  ///< PEM bundle; "" is the system's. Read for each connection, then freed.
};

/// Keeps one idle connection per scheme, host and port for up to 60 s; a request on a kept
/// connection that fails before any byte of the answer came is repeated once on a new one.
/// Loop thread only. Name look-up goes through Asio's resolver.
class Client {
 public:
  explicit Client(TlsOptions tls = {});
  ~Client();

  /// Sends to http:// or https:// and reads the whole answer (chunked or by length).
  ///
  /// limit:  most bytes of the answer's body.
  /// fails:  Unavailable (look-up, connect, TLS, peer closed), TimedOut, Cancelled,
  ///         Exhausted (body past limit), Broken (not HTTP). A 4xx or 5xx is an answer.
  Async<Response> fetch(Url url, Request request, std::size_t limit, Deadline by);

  /// The same to a unix stream socket, on a connection of its own.
  Async<Response> fetch_unix(std::string socket_path, Request request, std::size_t limit,
                             Deadline by);

 private:
  struct Kept;
  Async<Response> ask(Url url, Request request, std::size_t limit);

  std::unique_ptr<Kept> kept_;
  TlsOptions tls_;
};

}  // namespace berth::http
