// message.hpp - HTTP requests, responses and URLs as plain values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace berth::http {

/// Header lines in order; names compare without regard to case.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first header of that name.
std::optional<std::string> find_header(const Headers& headers, std::string_view name);

struct Request {
  std::string method = "GET";
  std::string target = "/";  ///< path and query, percent-encoded as on the wire
  Headers headers{};         ///< Host and Content-Length are added when absent
  std::string body{};
};

struct Response {
  int status = 200;
  Headers headers{};
  std::string body{};
};

/// "https://host:8443/path?query", taken apart.
struct Url {
  std::string scheme;      ///< lower case: http, https, ws, wss
  std::string host;        ///< without brackets for IPv6
  std::uint16_t port = 0;  ///< the scheme's own when the text names none
  std::string path = "/";  ///< as written, at least "/"
  std::string query{};     ///< without "?", as written

  std::string target() const { return query.empty() ? path : path + "?" + query; }
  bool is_tls() const { return scheme == "https" || scheme == "wss"; }
  /// "host" or "host:port" when the port is not the scheme's own; as the Host header wants it.
  std::string authority() const;
  std::string text() const;
};

/// fails:  Invalid (names the text and what is wrong).
Result<Url> parse_url(std::string_view text);

/// Percent-encodes everything but A-Z a-z 0-9 - _ . ~ ; `keep_slash` leaves '/' too.
std::string percent_encode(std::string_view text, bool keep_slash = false);
/// fails:  Invalid (bad escape). '+' is a space when `plus_is_space`.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Takes a query apart; '+' and %XX decoded. fails: Invalid.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

/// "Sun, 06 Nov 1994 08:49:37 GMT", as the Date header has it. source: RFC 9110, 5.6.7.
std::string http_date(std::chrono::system_clock::time_point time);
std::optional<std::chrono::system_clock::time_point> parse_http_date(const std::string& text);

}  // namespace berth::http
