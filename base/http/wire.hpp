// wire.hpp - one byte stream over TCP, TLS or a unix socket; known to base/http only.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <string>
#include <variant>

#include "base/async.hpp"
#include "base/http/client.hpp"
#include "base/http/hops.hpp"
#include "base/http/message.hpp"

namespace berth::http {

/// A stream as Beast wants one, so that its code is compiled for this one kind only. Moved while
/// nothing is under way.
class Wire {
 public:
  using Socket = asio::generic::stream_protocol::socket;
  using TlsStream = asio::ssl::stream<Socket>;
  using executor_type = asio::any_io_executor;

  explicit Wire(Socket socket) : stream_(std::move(socket)) {}

  executor_type get_executor() { return socket().get_executor(); }
  Socket& socket();
  TlsStream* tls() { return std::get_if<TlsStream>(&stream_); }
  /// Puts TLS on top; the handshake is the caller's.
  TlsStream& add_tls(std::shared_ptr<asio::ssl::context> context);
  /// What is under way fails with operation_aborted.
  void close();

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, Buffers into) {
          if (TlsStream* over_tls = tls()) {
            over_tls->async_read_some(into, std::move(handler));
          } else {
            std::get<Socket>(stream_).async_read_some(into, std::move(handler));
          }
        },
        token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, Buffers from) {
          if (TlsStream* over_tls = tls()) {
            over_tls->async_write_some(from, std::move(handler));
          } else {
            std::get<Socket>(stream_).async_write_some(from, std::move(handler));
          }
        },
        token, buffers);
  }

 private:
  std::shared_ptr<asio::ssl::context> context_;
  std::variant<Socket, TlsStream> stream_;
};

/// A stream with what was read past the last message.
struct Connection {
  explicit Connection(Wire::Socket socket) : wire(std::move(socket)) {}

  Wire wire;
  boost::beast::flat_buffer buffer;
};

/// Looks up, connects, and shakes hands when the URL wants TLS. No limit of its own in time.
///
/// way:    is told each hop, for whoever wants to know; may be nullptr.
/// fails:  Unavailable, Cancelled; NotFound, Denied (CA file).
Async<std::unique_ptr<Connection>> dial(Url url, TlsOptions tls,
                                        std::shared_ptr<Way> way = nullptr);
Async<std::unique_ptr<Connection>> dial_unix(std::string socket_path);
/// To a server of TLS whose certificate nobody has checked. Nothing is to be sent on it.
Async<std::unique_ptr<Connection>> dial_untrusting(Url url);

/// A server's side of TLS.
///
/// fails:  Invalid (certificate or key; names the file).
Result<std::shared_ptr<asio::ssl::context>> make_server_tls(const std::string& cert_file,
                                                            const std::string& key_file);
Async<> accept_tls(Connection& connection, std::shared_ptr<asio::ssl::context> context);

}  // namespace berth::http
