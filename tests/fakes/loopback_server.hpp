// loopback_server.hpp - a real server on the loopback of a test's own namespace.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "base/http/server.hpp"

namespace berth::testing {

/// On a port that is free. Throws what kept it from starting.
inline std::unique_ptr<http::Server> serve_on_loopback(http::Server::Handlers handlers,
                                                       Nursery& nursery) {
  auto started = http::Server::start({"127.0.0.1"}, std::move(handlers), {}, nursery);
  if (!started) throw std::runtime_error(started.error().text());
  return std::move(*started);
}

/// "http://127.0.0.1:1234".
inline std::string url_of(const http::Server& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

}  // namespace berth::testing
