// exchange.cpp - Beast reads and writes HTTP messages here.
#include "base/http/exchange.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "base/clock.hpp"

namespace berth::http {

namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using Code = boost::system::error_code;

constexpr std::uint32_t kAnswerHeadBytes = 64 << 10;  // room for any header an API sends

Headers headers_of(const bhttp::fields& fields) {
  Headers headers;
  for (const auto& field : fields) {
    headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return headers;
}

/// Sizes are ours to limit, a malformed message is the peer's bug, the rest is the connection.
Error http_error(const Code& code, std::string_view what) {
  Error error = asio_error(code, what);
  if (code == bhttp::error::body_limit || code == bhttp::error::header_limit ||
      code == bhttp::error::buffer_overflow) {
    error.code = Errc::Exhausted;
  } else if (code == bhttp::error::end_of_stream || code == bhttp::error::partial_message ||
             code == asio::error::eof) {
    error.code = Errc::Unavailable;
    error.message = std::string(what) + ": peer closed the connection";
  } else if (code.category() == bhttp::make_error_code(bhttp::error::bad_method).category()) {
    error.code = Errc::Broken;
  }
  return error;
}

bhttp::request<bhttp::string_body> to_wire(Request request, const std::string& authority) {
  bhttp::request<bhttp::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.target);
  if (!find_header(request.headers, "Host")) message.set(bhttp::field::host, authority);
  for (const auto& [name, value] : request.headers) message.insert(name, value);
  const bool has_body = !request.body.empty() || request.method == "POST" ||
                        request.method == "PUT" || request.method == "PATCH";
  message.body() = std::move(request.body);
  if (has_body) message.content_length(message.body().size());
  return message;
}

bool is_bodiless(int status) {
  return status < 200 || status == 204 || status == 304;
}

/// What a server answers to a request that it cannot read; 0 when the connection itself is gone.
int refusal_for(const Code& code) {
  if (code == bhttp::error::body_limit) return 413;
  if (code == bhttp::error::header_limit || code == bhttp::error::buffer_overflow) return 431;
  if (code == bhttp::error::end_of_stream || code == bhttp::error::partial_message) return 0;
  const bool is_http =
      code.category() == bhttp::make_error_code(bhttp::error::bad_method).category();
  return is_http ? 400 : 0;
}

Async<> write_continue(Connection& connection) {
  bhttp::response<bhttp::string_body> go_on;
  go_on.version(11);
  go_on.result(100);
  const auto wrote = co_await bhttp::async_write(connection.wire, go_on, use_result);
  if (const Code failed = std::get<0>(wrote)) co_return http_error(failed, "write 100 Continue");
  co_return ok();
}

}  // namespace

Async<Answer> exchange(Connection& connection, Request request, std::string authority,
                       std::size_t limit, std::shared_ptr<Progress> progress) {
  bhttp::response_parser<bhttp::string_body> parser;
  parser.header_limit(kAnswerHeadBytes);
  parser.body_limit(limit);
  parser.skip(request.method == "HEAD");

  const auto message = to_wire(std::move(request), authority);
  const auto wrote = co_await bhttp::async_write(connection.wire, message, use_result);
  if (const Code failed = std::get<0>(wrote)) {
    co_return http_error(failed, "send request to " + authority);
  }
  const auto head =
      co_await bhttp::async_read_header(connection.wire, connection.buffer, parser, use_result);
  progress->answer_began = parser.got_some();
  if (const Code failed = std::get<0>(head)) {
    co_return http_error(failed, "answer of " + authority);
  }
  const auto rest =
      co_await bhttp::async_read(connection.wire, connection.buffer, parser, use_result);
  if (const Code failed = std::get<0>(rest)) {
    co_return http_error(failed, "answer of " + authority);
  }

  Answer answer;
  answer.keep_alive = parser.keep_alive();
  answer.response.status = static_cast<int>(parser.get().result_int());
  answer.response.headers = headers_of(parser.get());
  answer.response.body = std::move(parser.get().body());
  co_return answer;
}

Async<Incoming> read_request(Connection& connection, RequestLimits limits) {
  bhttp::request_parser<bhttp::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.head));
  parser.body_limit(limits.body);
  Incoming incoming;

  const auto head =
      co_await bhttp::async_read_header(connection.wire, connection.buffer, parser, use_result);
  if (const Code failed = std::get<0>(head)) {
    incoming.refuse_with = refusal_for(failed);
    if (incoming.refuse_with == 0) co_return http_error(failed, "read a request");
    co_return incoming;
  }
  if (beast::iequals(parser.get()[bhttp::field::expect], "100-continue")) {
    BERTH_CO_CHECK(co_await write_continue(connection));
  }
  const auto rest =
      co_await bhttp::async_read(connection.wire, connection.buffer, parser, use_result);
  if (const Code failed = std::get<0>(rest)) {
    incoming.refuse_with = refusal_for(failed);
    if (incoming.refuse_with == 0) co_return http_error(failed, "read a request");
    co_return incoming;
  }

  incoming.keep_alive = parser.keep_alive();
  incoming.wants_websocket = beast::websocket::is_upgrade(parser.get());
  incoming.request.method = std::string(parser.get().method_string());
  incoming.request.target = std::string(parser.get().target());
  incoming.request.headers = headers_of(parser.get());
  incoming.request.body = std::move(parser.get().body());
  co_return incoming;
}

Async<> write_response(Connection& connection, Response response, std::string method,
                       bool keep_alive) {
  bhttp::response<bhttp::string_body> message;
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  if (!find_header(response.headers, "Date")) {
    message.set(bhttp::field::date, http_date(SystemClock().wall()));
  }
  const std::size_t body_bytes = response.body.size();
  if (method != "HEAD") message.body() = std::move(response.body);
  if (!is_bodiless(response.status)) message.content_length(body_bytes);
  message.keep_alive(keep_alive);

  const auto wrote = co_await bhttp::async_write(connection.wire, message, use_result);
  if (const Code failed = std::get<0>(wrote)) co_return http_error(failed, "write an answer");
  co_return ok();
}

}  // namespace berth::http
