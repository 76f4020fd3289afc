// wire.cpp - look-up, connect, TLS: what comes before the first byte of HTTP.
#include "base/http/wire.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

#include "base/dir.hpp"

namespace berth::http {

namespace {

using asio::ip::tcp;
namespace ssl = asio::ssl;
using Code = boost::system::error_code;

/// What the look-up thread hands back; outlives a caller that stopped waiting.
struct LookUp {
  explicit LookUp(asio::any_io_executor executor)
      : resolver(executor), done(executor, std::chrono::steady_clock::time_point::max()) {}

  tcp::resolver resolver;
  asio::steady_timer done;  ///< cancelled when the answer is there
  bool is_done = false;
  Code failure;
  std::vector<tcp::endpoint> endpoints;
};

/// getaddrinfo cannot be interrupted, so a cancelled wait leaves its thread behind with the LookUp.
Async<std::vector<tcp::endpoint>> look_up(std::string host, std::uint16_t port) {
  Code not_numeric;
  const auto address = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return std::vector<tcp::endpoint>{{address, port}};

  auto asked = std::make_shared<LookUp>(co_await asio::this_coro::executor);
  asked->resolver.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [asked](const Code& failure, const tcp::resolver::results_type& found) {
        asked->failure = failure;
        for (const auto& entry : found) asked->endpoints.push_back(entry.endpoint());
        asked->is_done = true;
        asked->done.cancel();
      });
  co_await asked->done.async_wait(use_result);
  if (!asked->is_done) co_return Error{Errc::Cancelled, 0, "look up " + host + ": cancelled"};
  if (asked->failure) co_return asio_error(asked->failure, "look up " + host);
  co_return std::move(asked->endpoints);
}

void note_hop(const std::shared_ptr<Way>& way, Hop hop) {
  if (way) way->at = hop;
}

void note_address(const std::shared_ptr<Way>& way, const tcp::endpoint& endpoint) {
  if (way) way->address = endpoint.address().to_string();
}

Async<Wire::Socket> connect_tcp(std::string host, std::uint16_t port, std::shared_ptr<Way> way) {
  BERTH_CO_TRY(auto endpoints, co_await look_up(host, port));
  note_hop(way, Hop::Connect);
  Error failure{Errc::Unavailable, 0, "look up " + host + ": no address"};
  for (const tcp::endpoint& endpoint : endpoints) {
    tcp::socket socket(co_await asio::this_coro::executor);
    note_address(way, endpoint);
    const auto tried = co_await socket.async_connect(endpoint, use_result);
    const Code failed = std::get<0>(tried);
    if (!failed) {
      Code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      co_return Wire::Socket(std::move(socket));
    }
    failure = asio_error(failed, "connect " + host + ":" + std::to_string(port));
    if (failure.code == Errc::Cancelled) break;
    // Whatever the kernel calls it, to a caller it is a peer that cannot be reached.
    failure.code = Errc::Unavailable;
  }
  co_return failure;
}

/// fails:  NotFound, Denied, Invalid (CA file).
Result<std::shared_ptr<ssl::context>> make_client_tls(const TlsOptions& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  context->set_verify_mode(ssl::verify_peer);
  Code failure;
  if (options.ca_file.empty()) {
    context->set_default_verify_paths(failure);
    if (failure) return asio_error(failure, "load the system's CA certificates");
    return context;
  }
  auto bundle = read_file(options.ca_file, 16 << 20);
  if (!bundle) return std::move(bundle).error().while_doing("CA file " + options.ca_file);
  context->add_certificate_authority(asio::buffer(*bundle), failure);
  if (failure) {
    return Error{Errc::Invalid, 0, "CA file " + options.ca_file + ": " + failure.message()};
  }
  // Who names a certificate itself means it: its authority need not be there.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context->native_handle()),
                              X509_V_FLAG_PARTIAL_CHAIN);
  return context;
}

Async<> shake_hands(Wire& wire, std::string host, std::shared_ptr<ssl::context> context) {
  Wire::TlsStream& stream = wire.add_tls(context);
  SSL* handle = stream.native_handle();
  Code not_numeric;
  asio::ip::make_address(host, not_numeric);
  // Server name indication carries names only (RFC 6066, section 3).
  if (not_numeric) SSL_set_tlsext_host_name(handle, host.c_str());
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_set_alpn_protos(handle, kHttp11, sizeof kHttp11 - 1);
  stream.set_verify_callback(ssl::host_name_verification(host));

  const auto shaken = co_await stream.async_handshake(ssl::stream_base::client, use_result);
  if (const Code failed = std::get<0>(shaken)) {
    Error failure = asio_error(failed, "TLS with " + host);
    const long verdict = SSL_get_verify_result(handle);
    if (verdict != X509_V_OK && failure.code != Errc::Cancelled) {
      failure.message += std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
    }
    co_return failure;
  }
  // The CA bundle is the largest thing a connection holds, and is of no more use.
  SSL_CTX_set_cert_store(context->native_handle(), X509_STORE_new());
  co_return ok();
}

}  // namespace

Wire::Socket& Wire::socket() {
  if (TlsStream* over_tls = tls()) return over_tls->next_layer();
  return std::get<Socket>(stream_);
}

Wire::TlsStream& Wire::add_tls(std::shared_ptr<ssl::context> context) {
  Socket below = std::move(std::get<Socket>(stream_));
  context_ = std::move(context);
  return stream_.emplace<TlsStream>(std::move(below), *context_);
}

void Wire::close() {
  Code ignored;
  socket().close(ignored);
}

Async<std::unique_ptr<Connection>> dial(Url url, TlsOptions tls, std::shared_ptr<Way> way) {
  std::shared_ptr<ssl::context> context;
  if (url.is_tls()) {
    note_hop(way, Hop::Tls);
    BERTH_CO_TRY(context, make_client_tls(tls));
    note_hop(way, Hop::LookUp);
  }
  BERTH_CO_TRY(auto socket, co_await connect_tcp(url.host, url.port, way));
  auto connection = std::make_unique<Connection>(std::move(socket));
  if (context) {
    note_hop(way, Hop::Tls);
    BERTH_CO_CHECK(co_await shake_hands(connection->wire, url.host, std::move(context)));
  }
  note_hop(way, Hop::Exchange);
  co_return connection;
}

Async<std::unique_ptr<Connection>> dial_untrusting(Url url) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->set_verify_mode(ssl::verify_none);
  BERTH_CO_TRY(auto socket, co_await connect_tcp(url.host, url.port, nullptr));
  auto connection = std::make_unique<Connection>(std::move(socket));
  Wire::TlsStream& stream = connection->wire.add_tls(context);
  Code not_numeric;
  asio::ip::make_address(url.host, not_numeric);
  if (not_numeric) SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  const auto shaken = co_await stream.async_handshake(ssl::stream_base::client, use_result);
  if (const Code failed = std::get<0>(shaken)) {
    co_return asio_error(failed, "TLS with " + url.host);
  }
  co_return connection;
}

Async<std::unique_ptr<Connection>> dial_unix(std::string socket_path) {
  if (socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    co_return Error{Errc::Invalid, 0, "socket path is too long: " + socket_path};
  }
  asio::local::stream_protocol::socket socket(co_await asio::this_coro::executor);
  const asio::local::stream_protocol::endpoint endpoint(socket_path);
  const auto tried = co_await socket.async_connect(endpoint, use_result);
  if (const Code failed = std::get<0>(tried))
    co_return asio_error(failed, "connect " + socket_path);
  co_return std::make_unique<Connection>(Wire::Socket(std::move(socket)));
}

Result<std::shared_ptr<ssl::context>> make_server_tls(const std::string& cert_file,
                                                      const std::string& key_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  Code failure;
  context->use_certificate_chain_file(cert_file, failure);
  if (failure) {
    return Error{Errc::Invalid, 0, "TLS certificate " + cert_file + ": " + failure.message()};
  }
  context->use_private_key_file(key_file, ssl::context::pem, failure);
  if (failure) return Error{Errc::Invalid, 0, "TLS key " + key_file + ": " + failure.message()};
  return context;
}

Async<> accept_tls(Connection& connection, std::shared_ptr<ssl::context> context) {
  Wire::TlsStream& stream = connection.wire.add_tls(std::move(context));
  const auto shaken = co_await stream.async_handshake(ssl::stream_base::server, use_result);
  if (const Code failed = std::get<0>(shaken)) co_return asio_error(failed, "TLS with a client");
  co_return ok();
}

}  // namespace berth::http
