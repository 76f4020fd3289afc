// server.cpp - accepts connections, each served by a coroutine of its own.
#include "base/http/server.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>

#include "base/http/exchange.hpp"
#include "base/http/listener.hpp"
#include "base/http/websocket_wire.hpp"
#include "base/log.hpp"

namespace berth::http {

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
using Code = boost::system::error_code;

constexpr std::chrono::milliseconds kAfterFailedAccept{100};
constexpr std::chrono::seconds kLinger{1};

/// What the coroutines of one server share.
struct Shared {
  Shared(Server::Handlers handlers_given, ServerLimits limits_given, Nursery& nursery_given)
      : handlers(std::move(handlers_given)),
        limits(limits_given),
        nursery(nursery_given),
        acceptor(nursery_given.executor()),
        room(nursery_given.executor()) {}

  Server::Handlers handlers;
  ServerLimits limits;
  Nursery& nursery;
  Acceptor acceptor;
  asio::steady_timer room;  ///< cancelled when a connection ends
  std::shared_ptr<asio::ssl::context> tls;
  std::size_t connections = 0;
};

/// Counts one connection for as long as it lives.
class Place {
 public:
  explicit Place(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {
    ++shared_->connections;
  }
  Place(Place&& other) noexcept = default;
  ~Place() {
    if (!shared_) return;
    --shared_->connections;
    shared_->room.cancel();
  }

 private:
  std::shared_ptr<Shared> shared_;
};

Response text_response(int status, std::string text) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain"}};
  response.body = std::move(text);
  return response;
}

Response internal_error(const Error& why, const Request& request) {
  const auto query = request.target.find('?');
  log::warn("request failed", {{"path", request.target.substr(0, query)}, {"error", why.text()}});
  return text_response(500, "internal error\n");
}

/// Reads what the peer still sends, so that closing does not reset away an answer just written.
Async<> drain(Connection& connection) {
  Code ignored;
  connection.wire.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  char scrap[4096];
  for (;;) {
    const auto got =
        co_await connection.wire.socket().async_read_some(asio::buffer(scrap), use_result);
    if (std::get<0>(got)) co_return ok();
  }
}

Async<> refuse_and_drain(std::shared_ptr<Shared> shared, Connection& connection, int status) {
  Response refusal = text_response(status, "request refused\n");
  std::string method = "GET";
  Async<> writing = write_response(connection, std::move(refusal), std::move(method), false);
  BERTH_CO_CHECK(
      co_await before(Deadline::after(shared->limits.idle), std::move(writing), "answer"));
  Async<> draining = drain(connection);
  co_await before(Deadline::after(kLinger), std::move(draining), "drain");
  co_return ok();
}

/// Asks the gate, then hands the socket over or answers the refusal.
Async<> upgrade(std::shared_ptr<Shared> shared, std::unique_ptr<Connection> connection,
                Request request, Peer peer) {
  std::optional<Response> refusal = text_response(404, "no websocket here\n");
  if (shared->handlers.gate && shared->handlers.conversation) {
    Async<std::optional<Response>> asking = shared->handlers.gate(request, peer);
    Result<std::optional<Response>> verdict = co_await std::move(asking);
    refusal = verdict ? std::move(*verdict) : internal_error(verdict.error(), request);
  }
  const Deadline by = Deadline::after(shared->limits.idle);
  if (refusal) {
    std::string method = request.method;
    Async<> writing = write_response(*connection, std::move(*refusal), std::move(method), false);
    Result<> written = co_await before(by, std::move(writing), "answer");
    co_return written;
  }
  Async<std::unique_ptr<WebSocket>> accepting = accept_websocket(std::move(connection), request);
  BERTH_CO_TRY(auto socket, co_await before(by, std::move(accepting), "accept a websocket"));
  Async<> talk =
      shared->handlers.conversation(std::move(request), std::move(socket), std::move(peer));
  Result<> ended = co_await std::move(talk);
  co_return ended;
}

/// Answers one request; the value is whether the connection can carry another.
Async<bool> answer(std::shared_ptr<Shared> shared, Connection& connection, Incoming incoming,
                   Peer peer) {
  std::string method = incoming.request.method;
  const bool keep_alive = incoming.keep_alive;
  Response response = text_response(404, "nothing here\n");
  if (shared->handlers.request) {
    Async<Response> work = shared->handlers.request(incoming.request, std::move(peer));
    Result<Response> outcome = co_await std::move(work);
    if (!outcome && outcome.error().code == Errc::Cancelled) {
      const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) {
        co_return std::move(outcome).error();
      }
    }
    response = outcome ? std::move(*outcome) : internal_error(outcome.error(), incoming.request);
  }
  Async<> writing = write_response(connection, std::move(response), std::move(method), keep_alive);
  const Deadline by = Deadline::after(shared->limits.idle);
  BERTH_CO_CHECK(co_await before(by, std::move(writing), "answer"));
  co_return keep_alive;
}

Async<> serve(std::shared_ptr<Shared> shared, std::unique_ptr<Connection> connection) {
  const Peer peer = peer_of(connection->wire.socket().native_handle());
  const RequestLimits limits{shared->limits.header, shared->limits.body};
  if (shared->tls) {
    Async<> shaking = accept_tls(*connection, shared->tls);
    const Deadline by = Deadline::after(shared->limits.idle);
    BERTH_CO_CHECK(co_await before(by, std::move(shaking), "TLS handshake"));
  }
  for (;;) {
    Async<Incoming> reading = read_request(*connection, limits);
    const Deadline by = Deadline::after(shared->limits.idle);
    BERTH_CO_TRY(Incoming incoming, co_await before(by, std::move(reading), "read a request"));
    if (incoming.refuse_with != 0) {
      Result<> refused = co_await refuse_and_drain(shared, *connection, incoming.refuse_with);
      co_return refused;
    }
    if (incoming.wants_websocket) {
      Result<> ended =
          co_await upgrade(shared, std::move(connection), std::move(incoming.request), peer);
      co_return ended;
    }
    BERTH_CO_TRY(const bool goes_on,
                 co_await answer(shared, *connection, std::move(incoming), peer));
    if (!goes_on) {
      Async<> draining = drain(*connection);
      co_await before(Deadline::after(kLinger), std::move(draining), "drain");
      co_return ok();
    }
  }
}

/// A connection's end is its peer's business: it is told at debug level and goes no further.
Async<> serve_quietly(std::shared_ptr<Shared> shared, std::unique_ptr<Connection> connection,
                      Place place) {
  const Place held = std::move(place);
  Result<> ended = co_await serve(std::move(shared), std::move(connection));
  if (!ended && ended.error().code != Errc::Cancelled) {
    log::debug("connection ended", {{"error", ended.error().text()}});
  }
  co_return ok();
}

Async<> accept_loop(std::shared_ptr<Shared> shared) {
  for (;;) {
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none || !shared->acceptor.is_open()) {
      co_return ok();
    }
    if (shared->connections >= shared->limits.connections) {
      shared->room.expires_at(std::chrono::steady_clock::time_point::max());
      co_await shared->room.async_wait(use_result);
      continue;
    }
    auto accepted = co_await shared->acceptor.async_accept(use_result);
    const Code failed = std::get<0>(accepted);
    if (failed == asio::error::operation_aborted) continue;
    if (failed) {
      // Out of descriptors, most likely: the queue keeps the peer until there are some again.
      log::warn("accept failed", {{"error", failed.message()}});
      shared->room.expires_after(kAfterFailedAccept);
      co_await shared->room.async_wait(use_result);
      continue;
    }
    Wire::Socket socket = std::move(std::get<1>(accepted));
    const int on = 1;
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto connection = std::make_unique<Connection>(std::move(socket));
    Place place(shared);
    Async<> serving = serve_quietly(shared, std::move(connection), std::move(place));
    shared->nursery.start("http connection", std::move(serving));
  }
}

class BeastServer final : public Server {
 public:
  BeastServer(std::shared_ptr<Shared> shared, std::uint16_t port, std::string unix_path)
      : shared_(std::move(shared)), port_(port), unix_path_(std::move(unix_path)) {}
  ~BeastServer() override {
    Code ignored;
    shared_->acceptor.close(ignored);
    shared_->room.cancel();
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  }
  std::uint16_t port() const override { return port_; }

 private:
  std::shared_ptr<Shared> shared_;
  std::uint16_t port_;
  std::string unix_path_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(Listen where, Handlers handlers, ServerLimits limits,
                                              Nursery& nursery) {
  auto shared = std::make_shared<Shared>(std::move(handlers), limits, nursery);
  if (where.tls_cert.empty() != where.tls_key.empty()) {
    return Error{Errc::Invalid, 0, "a TLS certificate and its key go together; one is missing"};
  }
  if (!where.tls_cert.empty()) {
    BERTH_TRY(shared->tls, make_server_tls(where.tls_cert, where.tls_key));
  }
  BERTH_TRY(Listening listening, listen_at(where));
  Code failed;
  const asio::generic::stream_protocol protocol(listening.family, 0);
  shared->acceptor.assign(protocol, listening.fd.get(), failed);
  if (failed) return asio_error(failed, "listen");
  listening.fd.release();
  if (where.inherited_fd >= 0) where.unix_path.clear();  // the path is not ours to unlink
  nursery.start("http accept", accept_loop(shared));
  std::unique_ptr<Server> server =
      std::make_unique<BeastServer>(std::move(shared), listening.port, std::move(where.unix_path));
  return server;
}

}  // namespace berth::http
