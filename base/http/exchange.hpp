// exchange.hpp - HTTP messages over one connection; known to base/http only.
#pragma once

#include <cstddef>

#include "base/async.hpp"
#include "base/http/message.hpp"
#include "base/http/wire.hpp"

namespace berth::http {

/// An answer, and whether the connection may carry another exchange.
struct Answer {
  Response response;
  bool keep_alive = false;
};

/// Why an exchange failed, and whether the peer had said anything yet.
struct Progress {
  bool answer_began = false;
};

/// Sends one request and reads the whole answer. `authority` is the Host when the request has none.
///
/// fails:  Unavailable (peer closed), Cancelled, Exhausted (body past `limit`), Broken (not HTTP).
Async<Answer> exchange(Connection& connection, Request request, std::string authority,
                       std::size_t limit, std::shared_ptr<Progress> progress);

struct RequestLimits {
  std::size_t head = 0;  ///< bytes
  std::size_t body = 0;  ///< bytes
};

/// A request as a server reads it.
struct Incoming {
  Request request;
  bool keep_alive = false;
  bool wants_websocket = false;
  int refuse_with = 0;  ///< 400, 413 or 431 when it could not be taken; nothing else is set then
};

/// fails:  Unavailable (peer closed before a whole request), Cancelled.
Async<Incoming> read_request(Connection& connection, RequestLimits limits);

/// fails:  Unavailable, Cancelled.
Async<> write_response(Connection& connection, Response response, std::string method,
                       bool keep_alive);

}  // namespace berth::http
