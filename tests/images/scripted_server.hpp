// scripted_server.hpp - an HTTP server that says exactly what a test wants, lies and cuts included.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/http/message.hpp"
#include "base/nursery.hpp"

namespace berth::testing {

struct Asked {
  std::string method;
  std::string target;
  http::Headers headers;

  std::string header(const std::string& name) const {
    return http::find_header(headers, name).value_or("");
  }
};

struct Reply {
  Reply(int s, http::Headers h = {}, std::string b = "")
      : status(s), headers(std::move(h)), body(std::move(b)) {}

  int status;
  http::Headers headers;
  std::string body;
  std::optional<std::size_t> cut_after;  ///< bytes of the body; then the connection is closed
  bool silent = false;                   ///< after the head, say nothing and keep the connection
  bool stays_open = false;  ///< after the body, the same; for a Content-Length that promises more
};

inline Reply cut(Reply reply, std::size_t after) {
  reply.cut_after = after;
  return reply;
}
inline Reply silent(Reply reply) {
  reply.silent = true;
  return reply;
}

/// Listens on loopback until the nursery stops. Loop thread only.
class ScriptedServer {
 public:
  using Script = std::function<Reply(const Asked&)>;

  ScriptedServer(Nursery& nursery, Script script)
      : nursery_(nursery),
        script_(std::move(script)),
        acceptor_(nursery.executor(), {asio::ip::make_address("127.0.0.1"), 0}) {
    nursery_.start("accept", accept());
  }

  std::string host() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  std::string url() const { return "http://" + host(); }
  /// "GET /v2/..." of each request, in order.
  const std::vector<std::string>& log() const { return log_; }
  const std::vector<Asked>& asked() const { return asked_; }

 private:
  using Socket = asio::ip::tcp::socket;

  Async<> accept() {
    while (true) {
      Socket socket(nursery_.executor());
      auto [code] = co_await acceptor_.async_accept(socket, use_result);
      if (code) co_return ok();
      nursery_.start("serve", serve(std::move(socket)));
    }
  }

  Async<> serve(Socket socket) {
    std::string buffer;
    while (true) {
      auto [code, size] = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer),
                                                          "\r\n\r\n", use_result);
      if (code) co_return ok();
      const Asked asked = parse(buffer.substr(0, size));
      buffer.erase(0, size);
      log_.push_back(asked.method + " " + asked.target);
      asked_.push_back(asked);
      const Reply reply = script_(asked);
      const std::string bytes = written(reply, asked.method == "HEAD");
      auto [failed, sent] = co_await asio::async_write(socket, asio::buffer(bytes), use_result);
      if (failed || reply.cut_after) co_return ok();
      if (reply.silent || reply.stays_open) {
        asio::steady_timer never(nursery_.executor(), std::chrono::steady_clock::time_point::max());
        co_await never.async_wait(use_result);
        co_return ok();
      }
    }
  }

  static Asked parse(const std::string& head) {
    Asked asked;
    std::size_t at = head.find("\r\n");
    const std::string first = head.substr(0, at);
    asked.method = first.substr(0, first.find(' '));
    asked.target =
        first.substr(asked.method.size() + 1, first.rfind(' ') - asked.method.size() - 1);
    while (true) {
      const std::size_t begin = at + 2;
      at = head.find("\r\n", begin);
      if (at == begin || at == std::string::npos) return asked;
      const std::string line = head.substr(begin, at - begin);
      const std::size_t colon = line.find(": ");
      asked.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
  }

  static std::string written(const Reply& reply, bool is_head) {
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
    for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
    if (!http::find_header(reply.headers, "Content-Length")) {
      text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    }
    text += "\r\n";
    if (is_head || reply.silent) return text;
    return text + reply.body.substr(0, reply.cut_after.value_or(reply.body.size()));
  }

  Nursery& nursery_;
  Script script_;
  asio::ip::tcp::acceptor acceptor_;
  std::vector<std::string> log_;
  std::vector<Asked> asked_;
};

}  // namespace berth::testing
